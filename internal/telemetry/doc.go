// Package telemetry holds what a program says about itself: its log, its
// metrics (scraped from /metrics or pushed to a gateway) and its health.
//
// Loggers and registries are made here and handed in elsewhere; nothing is
// global, so that two programs fit into one test process.
package telemetry
