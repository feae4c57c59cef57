package enrich

import (
	"bytes"
	"strings"
)

// typeClass is what sort of values a data type holds.
type typeClass uint32

// The classes, as bits so that a pattern can want several.
const (
	classText typeClass = 1 << iota
	classInteger
	classDecimal
	classBoolean
	classDate
	classTimestamp
	classTime
	classInterval
	classJSON
	classBinary
	classUUID
	classNetwork
	classGeo
	classList
	classEnum
	classUnknown

	classNumber = classInteger | classDecimal
	classDay    = classDate | classTimestamp
)

var classNames = map[string]typeClass{
	"text": classText, "integer": classInteger, "decimal": classDecimal, "number": classNumber, "boolean": classBoolean,
	"date": classDate, "timestamp": classTimestamp, "time": classTime, "interval": classInterval, "json": classJSON, "binary": classBinary,
	"uuid": classUUID, "network": classNetwork, "geo": classGeo, "list": classList, "enum": classEnum, "unknown": classUnknown,
}

// typeClasses holds the base names of the types of the common engines.
var typeClasses = func() map[string]typeClass {
	m := map[string]typeClass{}
	for _, c := range []struct {
		class typeClass
		names string
	}{
		{classText, "text varchar char character nchar nvarchar nvarchar2 varchar2 bpchar string tinytext mediumtext longtext clob nclob ntext citext name xml " +
			"fixedstring tsvector ltree sysname long phone email"},
		{classInteger, "int integer bigint smallint tinyint mediumint int2 int4 int8 int16 int32 int64 int128 int256 uint8 uint16 uint32 uint64 byteint serial bigserial smallserial year oid xid hugeint ubigint uinteger usmallint utinyint"},
		{classDecimal, "decimal numeric number float double real float4 float8 float32 float64 money smallmoney bignumeric binary_float binary_double dec decfloat decimal32 decimal64 decimal128 decimal256"},
		{classBoolean, "bool boolean flag"},
		{classDate, "date date32"},
		{classTimestamp, "timestamp timestamptz datetime datetime2 datetime64 datetimeoffset smalldatetime timestamp_ntz timestamp_ltz timestamp_tz timestamp_s timestamp_ms timestamp_ns"},
		{classTime, "time timetz"},
		{classInterval, "interval duration"},
		{classJSON, "json jsonb variant object map struct row record super hstore tuple nested"},
		{classBinary, "bytea blob tinyblob mediumblob longblob binary varbinary bytes image raw rowversion bfile"},
		{classUUID, "uuid uniqueidentifier guid"},
		{classNetwork, "inet cidr macaddr macaddr8 ipv4 ipv6 ipaddress ipprefix"},
		{classGeo, "point geometry geography linestring polygon multipoint multilinestring multipolygon geometrycollection line lseg box path circle " +
			"sphericalgeography sdo_geometry raster"},
		{classList, "array list set multiset"},
		{classEnum, "enum enum8 enum16"},
	} {
		for name := range strings.FieldsSeq(c.names) {
			m[name] = c.class
		}
	}
	return m
}()

var (
	nullableType       = []byte("nullable(") // ClickHouse wraps types
	lowCardinalityType = []byte("lowcardinality(")
	tinyintOf          = []byte("tinyint(")
)

// typeInfo is what a data type tells.
type typeInfo struct {
	class  typeClass
	length int // declared length or precision, 0 when none
}

// readType reads a data type as engines print it.
func readType(dataType string) typeInfo {
	var buffer [48]byte
	lower := lowerInto(buffer[:0], dataType)
	for bytes.HasPrefix(lower, nullableType) || bytes.HasPrefix(lower, lowCardinalityType) {
		lower = lower[bytes.IndexByte(lower, '(')+1:]
	}
	info := typeInfo{class: baseClass(lower), length: firstNumber(lower)}
	switch {
	case strings.HasSuffix(dataType, "[]"):
		info.class = classList
	case info.class == classInteger && info.length == 1 && bytes.HasPrefix(lower, tinyintOf):
		info.class = classBoolean // what MySQL makes of BOOLEAN
	case string(lower[:baseEnd(lower)]) == "bit":
		if info.class = classBoolean; info.length > 1 {
			info.class = classBinary
		}
	case info.class == classDecimal && wholeNumbers(lower):
		info.class = classInteger
	}
	return info
}

// lowerInto writes the start of s in lower case, as far as the buffer goes.
func lowerInto(buffer []byte, s string) []byte {
	for i := 0; i < len(s) && i < cap(buffer); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buffer = append(buffer, c)
	}
	return buffer
}

func isTypeByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_'
}

func baseEnd(lower []byte) int {
	end := 0
	for end < len(lower) && isTypeByte(lower[end]) {
		end++
	}
	return end
}

// baseClass classes the first word of the type, or the last of a qualified or quoted one.
func baseClass(lower []byte) typeClass {
	start := 0
	for i, c := range lower {
		if c == '(' || c == ' ' {
			break
		}
		if c == '.' || c == '"' && i+1 < len(lower) && isTypeByte(lower[i+1]) {
			start = i + 1
		}
	}
	if start < len(lower) && lower[start] == '"' {
		start++
	}
	rest := lower[start:]
	if class, ok := typeClasses[string(rest[:baseEnd(rest)])]; ok {
		return class
	}
	return classUnknown
}

// firstNumber gives the first number in parentheses.
func firstNumber(lower []byte) int {
	n, in := 0, false
	for _, c := range lower {
		switch {
		case c == '(':
			in = true
		case in && '0' <= c && c <= '9' && n < 1<<20:
			n = n*10 + int(c-'0')
		case in:
			return n
		}
	}
	return n
}

// wholeNumbers reports whether a decimal type has a declared scale of none, as in NUMBER(18,0).
func wholeNumbers(lower []byte) bool {
	open, shut := bytes.IndexByte(lower, '('), bytes.IndexByte(lower, ')')
	if open < 0 || shut < open {
		return false
	}
	_, scale, has := bytes.Cut(lower[open+1:shut], []byte{','})
	return has && string(bytes.TrimSpace(scale)) == "0"
}

// enumValues gives the values of an enum type as MySQL prints it.
func enumValues(dataType string) []string {
	if len(dataType) < 6 || len(dataType) > 4096 || !strings.EqualFold(dataType[:5], "enum(") || !strings.HasSuffix(dataType, ")") {
		return nil
	}
	var values []string
	var value strings.Builder
	in := false
	body := dataType[5 : len(dataType)-1]
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c != '\'' && in:
			value.WriteByte(c)
		case c != '\'':
		case in && i+1 < len(body) && body[i+1] == '\'':
			value.WriteByte(c)
			i++
		case in:
			values = append(values, value.String())
			value.Reset()
			in = false
		default:
			in = true
		}
	}
	return values
}
