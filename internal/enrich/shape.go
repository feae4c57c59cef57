package enrich

// shapeOf says what sort of field it is, from type, keys and words.
func (v *view) shapeOf(f *field) shape {
	n := len(f.words)
	switch {
	case f.foreign != nil:
		return shapeReference
	case n == 0:
		return shapePlain
	case f.isFlag():
		return shapeFlag
	case v.isEvent(f):
		return shapeEvent
	case v.isKey(f):
		return shapeKey
	case v.isReference(f):
		return shapeReference
	case v.isCount(f):
		return shapeCount
	default:
		return shapePlain
	}
}

// isIDWord tells whether a word says that a value stands for a row.
func isIDWord(w word) bool {
	return w.isText("id", "key", "identifier", "guid", "uuid", "sk")
}

// isKey tells whether the field identifies a row of its own table.
func (v *view) isKey(f *field) bool {
	n := len(f.words)
	last := f.words[n-1]
	if f.primary {
		return f.class&(classInteger|classUUID) != 0 || isIDWord(last) || last.isText("code", "line", "sequence", "number") && v.onlyRow(f.words[:n-1])
	}
	if !isIDWord(last) || f.class&(classJSON|classList|classGeo) != 0 {
		return false
	}
	return v.onlyRow(f.words[:n-1]) && (last.text == "id" || n > 1) && v.keyless()
}

// onlyRow tells whether the words say no more than the name of the table's row.
func (v *view) onlyRow(words []word) bool { return len(v.withoutRow(words)) == 0 }

// keyless tells whether the table declares no primary key, as views do.
func (v *view) keyless() bool {
	for i := range v.fields {
		if v.fields[i].primary {
			return false
		}
	}
	return true
}

// isReference tells whether the field stands for a row of another table, though
// no key declares it.
func (v *view) isReference(f *field) bool {
	n := len(f.words)
	if n < 2 || f.class&(classInteger|classText|classUUID|classUnknown|classDecimal|classBinary) == 0 || !isIDWord(f.words[n-1]) {
		return false
	}
	before := f.words[n-2]
	if !before.is(isNoun) || before.plural || v.onlyRow(f.words[:n-1]) {
		return false
	}
	// A longer pattern knows better: tax id, session id.
	list := v.rules.byLast[shapePlain][f.words[n-1].entry.index]
	for i := range list {
		if len(list[i].words) < 2 {
			break
		}
		if _, ok := v.try(f, &list[i]); ok {
			return false
		}
	}
	return true
}

// isFlag tells whether the field says yes or no.
func (f *field) isFlag() bool {
	n := len(f.words)
	if f.class == classBoolean {
		return true
	}
	small := f.class&(classInteger|classUnknown|classEnum) != 0 || f.class == classText && f.length > 0 && f.length <= 5
	if !small || f.primary {
		return false
	}
	first, last := f.words[0], f.words[n-1]
	switch {
	case n > 1 && first.isText("is", "has", "can", "should", "was") && !last.isText("code", "id", "count", "number", "date", "at"):
		return true
	case last.isText("flag", "indicator") && n > 1:
		return true
	case f.number >= 0 || f.class&(classInteger|classUnknown) == 0 && (f.class != classText || f.length != 1):
		return false
	case f.src.Default != "" && f.src.Default != "0" && f.src.Default != "1" && f.src.Default != "'0'" && f.src.Default != "false" && f.src.Default != "true":
		return false
	}
	return last.is(isYesOrNo) && !f.counts()
}

// counts tells whether a word of the name is about quantities.
func (f *field) counts() bool {
	for _, w := range f.words {
		if w.plural || w.isText("quantity", "count", "total", "amount", "number", "units", "percent", "hours", "days") {
			return true
		}
	}
	return false
}

// isEvent tells whether the field says when something happens.
func (v *view) isEvent(f *field) bool {
	n := len(f.words)
	last := f.words[n-1]
	if f.class&classDay != 0 {
		return true
	}
	if f.class == classTime {
		return !last.isText("duration", "elapsed", "interval", "delay", "latency")
	}
	if f.class&(classText|classInteger|classUnknown|classDecimal) == 0 || f.unit != nil && f.class != classInteger {
		return false
	}
	event, _ := v.lexicon.happening(f.words[:n-1])
	switch {
	case n > 1 && last.isText("at"):
		return true
	case last.isText("date", "timestamp"):
		return f.class != classDecimal
	case n > 1 && last.isText("on", "time", "since"):
		return event != nil && f.unit == nil
	default:
		return false
	}
}

// isCount tells whether the field says how many.
func (v *view) isCount(f *field) bool {
	if f.class&classNumber == 0 {
		return false
	}
	first, last := f.words[0], f.words[len(f.words)-1]
	if last.isText("count") || len(f.words) > 2 && first.isText("number") && f.words[1].isText("of") {
		return true
	}
	if _, ok := v.findWords(f, shapeCount); ok {
		return true
	}
	if n := len(f.words); f.class == classInteger && n > 1 && first.plural && isState(last) {
		return true // days requested
	}
	if f.class != classInteger || !last.plural || f.unit != nil || last.is(isMeasure) {
		return false
	}
	_, better := v.findWords(f, shapePlain)
	return !better
}
