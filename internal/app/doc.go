// Package app puts the parts together: it reads the configuration, opens the
// infrastructure, embedded or as a fleet, and runs the commands of both programs.
// It is the only package that knows all others.
package app
