package evaluation

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"go.yaml.in/yaml/v3"
)

// Figures are precision, recall and F1, 0 to 1, rounded down to three digits.
type Figures struct {
	Precision float64 `yaml:"precision"`
	Recall    float64 `yaml:"recall"`
	F1        float64 `yaml:"f1"`
}

// Recorded are the figures of a split below which it must not fall.
type Recorded struct {
	All     Figures            `yaml:"all"`
	MacroF1 float64            `yaml:"macro_f1"`
	ByKind  map[string]Figures `yaml:"by_category,omitempty"`
}

// Record gives the figures of the score.
func (s *Score) Record(byCategory bool) Recorded {
	r := Recorded{All: s.Total.figures(), MacroF1: floor(s.MacroF1)}
	if byCategory {
		r.ByKind = map[string]Figures{}
		for category, c := range s.ByCategory {
			r.ByKind[category] = c.figures()
		}
	}
	return r
}

func (c Count) figures() Figures {
	return Figures{Precision: floor(c.Precision()), Recall: floor(c.Recall()), F1: floor(c.F1())}
}

// floor rounds down to three digits, so that a record never lies above its score.
func floor(f float64) float64 { return math.Floor(f*1000) / 1000 }

// Below tells what of the score lies below the record, one line each, in the
// order of the printed table.
func (s *Score) Below(r Recorded) []string {
	below := s.Total.below("all", r.All)
	if s.MacroF1 < r.MacroF1 {
		below = append(below, fmt.Sprintf("macro F1 is %.3f, recorded is %.3f", s.MacroF1, r.MacroF1))
	}
	for _, category := range Categories {
		if want, ok := r.ByKind[category]; ok {
			below = append(below, s.ByCategory[category].below(category, want)...)
		}
	}
	return below
}

func (c Count) below(name string, want Figures) []string {
	var below []string
	for _, f := range []struct {
		what      string
		got, want float64
	}{
		{"precision", c.Precision(), want.Precision},
		{"recall", c.Recall(), want.Recall},
		{"F1", c.F1(), want.F1},
	} {
		if f.got < f.want {
			below = append(below, fmt.Sprintf("%s: %s is %.3f, recorded is %.3f", name, f.what, f.got, f.want))
		}
	}
	return below
}

// ReadRecorded reads the figures by split.
func ReadRecorded(in io.Reader) (map[string]Recorded, error) {
	out := map[string]Recorded{}
	d := yaml.NewDecoder(in)
	d.KnownFields(true)
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("read recorded figures: %w", err)
	}
	return out, nil
}

// FormatRecorded gives the figures as ReadRecorded reads them.
func FormatRecorded(figures map[string]Recorded) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# Figures below which the evaluation fails. Written by `go test ./internal/enrich/evaluation -update`.\n")
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(figures); err != nil {
		return nil, fmt.Errorf("write recorded figures: %w", err)
	}
	return b.Bytes(), e.Close()
}
