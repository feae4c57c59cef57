// Package service gives everything that runs one lifecycle: Run until the
// context ends. A Group runs several of them: it starts them in order, waits
// for each to be ready before the next, stops them in reverse order, and
// stops them all when one fails.
package service
