// Package yamldoc reads YAML files that people write: bounded, with the place of
// every value, and with all that is wrong with them told at once.
package yamldoc
