// Package pii tells from the values of a column whether they are personal data
// and of which kind, and weighs that against what the column's name says.
//
//	profile := pii.NewProfile(now)
//	profile.Add(text) // for each value; profile.Null() for each NULL
//	decision := pii.Combine(guess, pii.ColumnOf(table, i), profile.Verdict())
//
// A value is looked at by recognizers, one file for each sort: they check digits,
// ranges and lists rather than looks alone, and each sets a form. Forms that are
// enough by themselves (an IBAN) find a category; those that many
// things have (three digits) only confirm what the name said before. Kinds
// are what else a value can be, and speak against: a date is no phone number.
//
// A value is forgotten when Add returns. What stays are counts and a bounded
// set of hashes under a key of the profile's own, which tell how many values differ. No
// evidence, verdict or decision holds a value, and nothing is logged.
package pii
