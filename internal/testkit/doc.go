// Package testkit gives tests real servers: PostgreSQL, MariaDB, Redis and
// NATS, each private to the test process or to the test.
//
// PostgreSQL and MariaDB are started on first use and shared by the tests of
// the process, which get an empty database each; `make test` starts them once
// for all packages and says so in the environment. They end with the process,
// however it ends (see package servers). Redis and NATS belong to one test,
// so that it may kill them.
//
// A server that is not installed fails the test: run `make test`, which
// installs what is missing.
package testkit
