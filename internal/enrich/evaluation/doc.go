// Package evaluation measures how well package enrich finds personal data by
// names: it runs the built-in rules over labelled schemas and counts, for each
// category, what was found, what was missed and what was found by mistake.
//
// The schemas lie in testdata, in two splits: the rules may be worked on with
// dev, and test is for the figures that are told. testdata/README.md has the
// form and the rule on what counts as personal.
package evaluation
