// Package validate checks what the semantic layer says about tables and fields
// against the rules of the validation section, and says how to put right what
// breaks them. It knows one table at a time and keeps nothing between tables.
//
// An attribute is there when it holds anything but white space, whoever wrote it: generated text counts.
package validate
