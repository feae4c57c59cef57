// Package config reads the one YAML file that configures semsync.
//
// A file goes through these steps, each in a file of its own:
//
//	document.go  bytes to a tree of YAML nodes; size, aliases, doubled keys
//	expand.go    ${NAME} in strings, from the environment
//	decode*.go   nodes to typed values by the Go types; unknown keys, wrong types
//	layers.go    (with overlay.go, environ.go) Viper puts default, preset, file, overlay, variable and flag over one another
//	check*.go    what one key says about another, and what is doubtful
//
// Every problem is collected with its file, line, column and key, and all of
// them are reported at once. The package is the only user of Viper.
package config

//go:generate go run ./schemagen
