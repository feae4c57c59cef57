// Package examples holds the sample database and the configuration that the
// README's first command uses.
package examples

import _ "embed"

// SampleSQL makes the sample database in an empty SQLite file: a shop, its
// staff, its web site, its support desk, a clinic, sensors, and some names that are hard to quote.
//
//go:embed quickstart/sample.sql
var SampleSQL string

// QuickstartConfig is the configuration that syncs it. Paths in it are relative to the folder it is used in.
//
//go:embed quickstart/config.yaml
var QuickstartConfig []byte
