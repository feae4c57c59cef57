// Package sqlstore keeps the contract of package layer in SQL. The statements
// in query/*.sql and migrations/*.sql are the same for every engine but for
// the few places in braces that its Dialect fills in: types, the clock, locks
// and how a list of rows is passed as one parameter.
package sqlstore
