package enrich

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSplit lists names and the words that they are made of, in the singular.
func TestSplit(t *testing.T) {
	k, err := known()
	require.NoError(t, err)
	for _, test := range []struct{ name, want string }{
		{"customer_id", "customer id"},
		{"customerId", "customer id"},
		{"CustomerID", "customer id"},
		{"CUSTOMER_ID", "customer id"},
		{"CustEmailAddr2", "customer email address 2"},
		{"CUST_EMAIL_ADDR_2", "customer email address 2"},
		{"cust_addr_ln1", "customer address line 1"},
		{"custemail", "customer email"},
		{"accountnumber", "account number"},
		{"businessentityid", "business entity id"},
		{"HTTPServerName", "http server name"},
		{"userIDs", "user id"},
		{"order_dt", "order date"},
		{"ord_qty", "order quantity"},
		{"tot_amt", "total amount"},
		{"ship_to_addr", "shipping address"},
		{"mgr_emp_id", "manager employee id"},
		{"dob", "date of birth"},
		{"phone_no", "phone number"},
		{"no_of_items", "no of item"},
		{"nbr_items", "number of item"},
		{"tel", "phone"},
		{"disc_pct", "discount percent"},
		{"src_cd", "source code"},
		{"dst_ref", "destination reference"},
		{"org_desc", "organization description"},
		{"acct_num", "account number"},
		{"carpet", "carpet"},
		{"sha256", "sha256"},
		{"md5_hash", "md5 hash"},
		{"e-mail", "email"},
		{"time_stamp", "timestamp"},
		{"addresses", "address"},
		{"categories", "category"},
		{"statuses", "status"},
		{"children", "child"},
		{"Customer's Note", "customer note"},
		{"Unit Price ($)", "unit price"},
		{"Qty.", "quantity"},
		{"naïve name", "naïve name"},
		{"тест", "тест"},
		{"__", ""},
		{"", ""},
	} {
		_, words, _ := k.lexicon.split(test.name, nil, nil)
		var got []string
		for _, w := range words {
			got = append(got, w.text)
		}
		require.Equal(t, test.want, strings.Join(got, " "), test.name)
	}
}

// TestBuiltInPatterns holds how many there are, and that each says something.
func TestBuiltInPatterns(t *testing.T) {
	k, err := known()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(k.rules), 80)
	types := map[string]bool{
		"identifier": true, "measure": true, "dimension": true, "timestamp": true, "flag": true, "text": true, "code": true,
		"geo": true, "money": true, "quantity": true, "json": true, "binary": true,
	}
	for _, r := range k.rules {
		require.True(t, types[r.semantic], "%s has the semantic type %q", r.name, r.semantic)
		require.NotEmpty(t, r.say, r.name)
		require.True(t, r.confidence > 0 && r.confidence < 1, "%s has the confidence %v", r.name, r.confidence)
	}
}
