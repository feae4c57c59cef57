package enrich_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/semsync/semsync/internal/metadata"
)

// fieldsOf gives a table of text fields.
func fieldsOf(name, fields string) *metadata.Table {
	t := &metadata.Table{ID: metadata.TableID{Source: "s", Database: "d", Name: name}}
	for f := range strings.FieldsSeq(fields) {
		t.Fields = append(t.Fields, metadata.Field{Name: f, DataType: "varchar(40)"})
	}
	return t
}

// TestReading holds how names are read that English words alone do not tell:
// other languages, short forms and names run together. Each case names the
// fields of a table and the categories of them, "-" for none.
func TestReading(t *testing.T) {
	e := newEnricher(t)
	for _, test := range []struct{ what, table, fields, want string }{
		{
			"German", "kunden", "vorname nachname strasse plz fuehrerscheinnummer produkt_name",
			"name name address address driver_license -",
		},
		{
			"a noun before what tells of which kind it is", "clientes", "nombre apellidos numero_tarjeta tipo_tarjeta nombre_producto codigo_postal correo_electronico",
			"name name credit_card - - address email",
		},
		{
			"words left out and phrases", "clients", "prenom nom_de_famille mot_de_passe date_de_naissance numero_de_securite_sociale",
			"name name password dob national_id",
		},
		{
			"English names keep their order among others", "clientes", "apellidos telefono email_address postal_code",
			"name phone email address",
		},
		{
			"words that both have are turned only where the language has all of them", "clients", "prenom nom_de_famille code_postal ville",
			"name name address address",
		},
		{
			"a number behind a turned name", "clientes", "apellidos direccion2 telefono_movil_2",
			"name address phone",
		},
		{
			"romanised Japanese", "kokyaku", "shimei denwa_bango jusho shohin_mei",
			"name phone address -",
		},
		{
			"words that English has too count in a table of the language", "clienti", "cognome indirizzo cap note",
			"name address address free_text",
		},
		{
			"the same words in an English table", "limits", "cap note via",
			"- - -",
		},
		{
			"one foreign word makes no language", "layouts", "plaats cap width",
			"- - -",
		},
		{
			"short words alone make no language", "parts", "plz ort nr",
			"- - -",
		},
		{
			"vowels left out", "cust", "psprt_nbr brth_dt frst_nm",
			"passport dob name",
		},
		{
			"stems run together in capitals", "CUSMAST", "CUSNAM CUSAD1 CUSPHN CUSEML CUSTYP",
			"name address phone email -",
		},
		{
			"the same in small letters are no stems", "cusmast", "cusnam cusadr cusphn",
			"- - -",
		},
		{
			"longer names in capitals are no stems", "CUSMAST", "CUSNAM CUSADR SOMETHINGELSE",
			"- - -",
		},
		{
			"initials of the table before every name", "policy_holder", "ph_name ph_email ph_type",
			"name email -",
		},
		{
			"a phone is no initials", "contacts", "ph_home ph_number ph_work",
			"- phone -",
		},
		{
			"a type before the name", "tblEmployee", "strHomeAddress strEmail strPhone",
			"address email phone",
		},
		{
			"a landlord's tenants are people", "tenants", "tenant_name ssn remarks",
			"name national_id free_text",
		},
		{
			"a product's tenants are companies", "tenants", "tenant_name plan_name remarks",
			"- - -",
		},
		{
			"somebody in the row makes its remarks personal", "shipments", "consignee_name remarks city",
			"name free_text address",
		},
		{
			"who wrote the row does not", "articles", "author_name remarks city",
			"name - -",
		},
		{
			"what people have names of", "students", "preferred_name course_name room_name clan_name",
			"name - - -",
		},
		{
			"addresses of gear", "switches", "mac_address ip_address",
			"- -",
		},
		{
			"addresses of people's devices", "wifi_clients", "client_mac client_ip server_ip gateway_mac",
			"mac_address ip_address - -",
		},
		{
			"a state of the row", "vouchers", "zip_code voucher_state",
			"address -",
		},
		{
			"a state of somebody or of an address", "customers", "zip_code customer_state",
			"address address",
		},
		{
			"a state in an address", "addresses", "zip_code address_state",
			"address address",
		},
	} {
		t.Run(test.what, func(t *testing.T) {
			var got []string
			for _, f := range e.Table(fieldsOf(test.table, test.fields)).Fields {
				if f.PIICategory == "" {
					f.PIICategory = "-"
				}
				got = append(got, f.PIICategory)
			}
			if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" {
				t.Errorf("%s:\n%s", test.fields, diff)
			}
		})
	}
}

// TestForeignDescription holds that what is said of a foreign name is English.
func TestForeignDescription(t *testing.T) {
	m := newEnricher(t).Table(fieldsOf("clientes", "apellidos numero_tarjeta fecha_nacimiento"))
	want := []string{"[AUTO] Last name of the customer.", "[AUTO] Number of the payment card of the customer.", "[AUTO] Date of birth of the customer."}
	for i, f := range m.Fields {
		if f.Description != want[i] {
			t.Errorf("got %q, want %q", f.Description, want[i])
		}
	}
}
