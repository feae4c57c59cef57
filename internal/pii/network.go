package pii

import (
	"net"
	"net/netip"
	"strings"
)

// recognizeNetwork looks for addresses of networks and devices.
func recognizeNetwork(v *value) {
	if v.runes < 7 || !v.ascii {
		return
	}
	if strings.Count(v.text, ".") == 3 || strings.Count(v.text, ":") >= 2 {
		recognizeIP(v)
	}
	if hardware, err := net.ParseMAC(v.text); err == nil && len(hardware) == 6 {
		v.add(formMAC)
	}
	if isUUID(v.text) {
		v.add(formUUID)
	}
	if v.allDigits() && v.runes == 15 && luhn(v.text) && !uniform(v.text) {
		v.add(formIMEI)
	}
}

// recognizeIP tells addresses from versions such as 10.2.0.1, which have the same form.
func recognizeIP(v *value) {
	text, _, _ := strings.Cut(v.text, "/") // of a network
	address, err := netip.ParseAddr(text)
	switch {
	case err != nil:
	case address.Is4() && small(address.As4()):
		v.add(formWeakIP)
	default:
		v.add(formIP)
	}
}

func small(parts [4]byte) bool {
	for _, part := range parts {
		if part > 31 {
			return false
		}
	}
	return true
}

func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (text[i] == '-') || !dash && !isHex(text[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
