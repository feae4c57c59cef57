package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// options say what to measure.
type options struct {
	tables     int // of the source
	columns    int // of each table
	runs       int // rounds; each figure is the least of that many
	peers      bool
	peerTables int    // of the source that the peers read, and semsync once more
	out        string // the document
}

func parse(arguments []string, usage io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(usage)
	f.IntVar(&o.tables, "tables", 10000, "tables of the source")
	f.IntVar(&o.columns, "columns", 20, "columns of each table")
	f.IntVar(&o.runs, "runs", 3, "rounds; each figure is the least of that many")
	f.BoolVar(&o.peers, "peers", true, "measure other tools too, which takes minutes and installs them")
	f.IntVar(&o.peerTables, "peer-tables", 1000, "tables that the other tools read")
	f.StringVar(&o.out, "out", "docs/performance.md", "the document to write")
	if err := f.Parse(arguments); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case o.tables < 1 || o.columns < 1 || o.peerTables < 1:
		return o, errors.New("-tables, -columns and -peer-tables must be at least 1")
	case o.runs < 3:
		return o, errors.New("-runs must be at least 3: fewer tell nothing of the noise")
	default:
		return o, nil
	}
}
