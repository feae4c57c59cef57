// Package lineage works out how tables and fields hang together: which keys of a
// source are relationships, which joins may be meant though no key declares them, what depends on what, and what
// a change reaches. It does no input or output.
package lineage
