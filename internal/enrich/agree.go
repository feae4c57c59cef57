package enrich

// alike are classes of types that one calls for another without being wrong: engines without a type for truth keep it as a number, and
// many keep what has a form of its own as text.
var alike = []typeClass{classNumber | classBoolean, classText | classEnum | classUUID | classNetwork | classJSON | classList}

// TypesAgree tells whether a data type that a person wrote, in any spelling, may be the engine's. A type that is not known may be any.
func TypesAgree(written, engine string) bool {
	a, b := readType(written).class, readType(engine).class
	if a == b || a == classUnknown || b == classUnknown {
		return true
	}
	for _, group := range alike {
		if group&a != 0 && group&b != 0 {
			return true
		}
	}
	return false
}
