package capture

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// canary stands in every column that must not leave. As a number it is canaryNumber.
const (
	canary       = "Can4ry-7c1e"
	canaryNumber = "733173317"
)

// sensitive are columns of captured tables that must not leave: passwords, tokens, cards,
// addresses of computers, what a gateway has said, what people wrote, whom they are.
var sensitive = map[string][]string{
	"customer_entity": {"password_hash", "rp_token", "rp_token_created_at", "confirmation", "failures_num", "first_failure", "lock_expires",
		"session_cutoff", "dob", "gender", "increment_id", "created_in"},
	"customer_address_entity": {"fax", "vat_is_valid", "vat_request_id", "vat_request_date"},
	"sales_order": {"remote_ip", "x_forwarded_for", "protect_code", "customer_dob", "customer_gender", "customer_note", "gift_message_id",
		"ext_customer_id", "applied_rule_ids", "discount_description", "gift_cards"},
	"sales_order_item":    {"product_options", "additional_data", "description", "weee_tax_applied", "gift_message_id"},
	"sales_order_address": {"fax", "quote_address_id", "vat_request_id"},
	"sales_order_payment": {"cc_number_enc", "cc_owner", "cc_exp_month", "cc_exp_year", "cc_ss_start_month", "cc_ss_start_year", "cc_ss_issue", "cc_last_4", "cc_type",
		"cc_trans_id", "cc_approval", "cc_avs_status", "cc_cid_status", "cc_secure_verify", "cc_debug_request_body", "cc_debug_response_body",
		"cc_debug_response_serialized", "cc_status", "cc_status_description", "echeck_account_name", "echeck_account_type", "echeck_bank_name",
		"echeck_routing_number", "echeck_type", "account_status", "address_status", "additional_data", "additional_information",
		"protection_eligibility", "anet_trans_method", "quote_payment_id"},
	"sales_payment_transaction":        {"additional_information"},
	"sales_invoice":                    {"customer_note", "discount_description"},
	"sales_invoice_item":               {"description", "additional_data"},
	"sales_creditmemo":                 {"customer_note", "discount_description"},
	"sales_creditmemo_item":            {"description", "additional_data"},
	"sales_creditmemo_comment":         {"user_id", "user_type", "is_customer_notified", "is_visible_on_front"},
	"company":                          {"comment", "reject_reason", "rejected_at", "sales_representative_id"},
	"company_advanced_customer_entity": {"job_title", "telephone"},
	"negotiable_quote":                 {"quote_name", "snapshot", "creator_type", "creator_id", "notifications", "applied_rule_ids", "deleted_sku"},
	"quote": {"customer_email", "customer_prefix", "customer_firstname", "customer_middlename", "customer_lastname", "customer_suffix", "customer_dob",
		"customer_note", "customer_taxvat", "customer_gender", "remote_ip", "password_hash", "applied_rule_ids", "ext_shipping_info", "gift_message_id",
		"coupon_code", "checkout_method"},
	"quote_item": {"description", "applied_rule_ids", "additional_data", "redirect_url", "weee_tax_applied", "gift_message_id"},
	"quote_address": {"email", "prefix", "firstname", "middlename", "lastname", "suffix", "company", "street", "city", "region", "postcode", "country_id",
		"telephone", "fax", "customer_id", "customer_address_id", "customer_notes", "applied_taxes", "discount_description", "shipping_method",
		"shipping_description", "vat_id", "vat_is_valid", "vat_request_id", "vat_request_date", "validated_country_code", "validated_vat_number", "gift_message_id"},
	"inventory_source":      {"description", "latitude", "longitude", "region", "city", "street", "postcode", "contact_name", "email", "phone", "fax"},
	"inventory_reservation": {"metadata"},
	"eav_attribute":         {"default_value", "note"},
	"customer_group":        {"notes"},
}

// unlisted are tables of which nothing must leave.
var unlisted = []string{
	"quote_payment", "quote_item_option", "quote_shipping_rate", "quote_id_mask", "vault_payment_token", "vault_payment_token_order_payment_link",
	"paypal_payment_transaction", "paypal_billing_agreement", "paypal_cert", "admin_user", "admin_passwords", "admin_user_session",
	"admin_user_expiration", "admin_adobe_ims_webapi", "adobe_user_profile", "oauth_consumer", "oauth_token", "oauth_nonce",
	"oauth_token_request_log", "integration", "jwt_auth_revoked", "tfa_user_config", "login_as_customer", "session", "persistent_session",
	"customer_visitor", "customer_log", "captcha_log", "password_reset_request_event", "newsletter_subscriber", "flag", "queue_message",
	"magento_operation", "importexport_importdata", "rating_option_vote", "sales_order_confirm_cancel", "magento_giftcardaccount",
	"magento_logging_event", "magento_logging_event_changes", "sales_order_status_history", "sales_invoice_comment", "sales_shipment_comment",
	"gift_message", "customer_grid_flat", "sales_order_grid", "catalog_category_entity", "company_credit_history", "negotiable_quote_comment",
	"extension_of_somebody", "sales_order_of_somebody",
}

// plant puts the canary wherever it must not leave from: into columns, tables, settings, and
// the values of attributes that nobody asked for.
func (s *magentoShop) plant() {
	s.t.Helper()
	for _, t := range magento.Tables {
		for _, c := range sensitive[t.Name] {
			s.exec(fmt.Sprintf("ALTER TABLE %s ADD `%s` varchar(60) DEFAULT '%s'", t.Name, c, canary))
		}
	}
	for _, name := range unlisted {
		s.exec(fmt.Sprintf("CREATE TABLE %s (id int AUTO_INCREMENT PRIMARY KEY, entity_id int, increment_id varchar(60), customer_email varchar(60), body text)", name))
	}
	s.exec("CREATE TABLE secret_values (value varchar(60)); INSERT INTO secret_values VALUES ('" + canary + "')")
}

// lure writes and changes rows with the canary, n to 2n.
func (s *magentoShop) lure(n int) {
	s.t.Helper()
	for _, name := range unlisted {
		s.exec(fmt.Sprintf("INSERT INTO %s (entity_id, increment_id, customer_email, body) VALUES (1, '%s', '%[2]s', '%[2]s'), (%s, '%[2]s', NULL, NULL)", name, canary, canaryNumber))
		s.exec(fmt.Sprintf("UPDATE %s SET body = CONCAT('%s', id)", name, canary))
		s.exec(fmt.Sprintf("DELETE FROM %s WHERE body = '%s1'", name, canary))
	}
	for i, path := range []string{"payment/sagepaysuite/license", "carriers/dhl/password", "general/store_information/phone", "tax/secret/key", "general/locale/timezone/x"} {
		s.exec("INSERT INTO core_config_data (scope, scope_id, path, value) VALUES ('default', ?, ?, ?)", n+i, path, canary)
	}
	for _, kind := range []string{"customer_entity", "customer_address_entity", "catalog_product_entity"} {
		hangs := "entity_id"
		if s.stages && kind == magento.ProductTable {
			hangs = magento.VersionColumn
		}
		for _, backend := range []string{"varchar", "text"} {
			for _, attribute := range []int{10, 11, 12, 99} {
				s.exec(fmt.Sprintf("INSERT INTO %s_%s (attribute_id, %s, value) VALUES (%d, %d, '%s')", kind, backend, hangs, attribute, n, canary))
			}
		}
		s.exec(fmt.Sprintf("INSERT INTO %s_int (attribute_id, %s, value) VALUES (10, %d, %s)", kind, hangs, n, canaryNumber))
	}
	s.lureCarts(n)
	for _, t := range magento.Tables {
		for _, c := range sensitive[t.Name] {
			s.exec(fmt.Sprintf("UPDATE %s SET `%s` = CONCAT('%s', %d)", t.Name, c, canary, n))
		}
	}
}

// lureCarts writes the canary into columns that leave of carts that are negotiated: one of a
// cart that never is, and of one that is no more.
func (s *magentoShop) lureCarts(n int) {
	s.t.Helper()
	for _, cart := range []int{900 + n, 800 + n} {
		s.exec(fmt.Sprintf("INSERT INTO quote (entity_id, store_id) VALUES (%d, 1); INSERT INTO quote_item (quote_id) VALUES (%[1]d); INSERT INTO quote_address (quote_id) VALUES (%[1]d)", cart))
	}
	s.exec(fmt.Sprintf("INSERT INTO negotiable_quote (quote_id, status) VALUES (%d, 'created'); DELETE FROM negotiable_quote WHERE quote_id = %[1]d", 800+n))
	for _, cart := range []int{900 + n, 800 + n} {
		s.exec(fmt.Sprintf("UPDATE quote SET reserved_order_id = '%s', grand_total = %s WHERE entity_id = %d", canary, canaryNumber, cart))
		s.exec(fmt.Sprintf("UPDATE quote_item SET sku = '%s', name = '%[1]s', price = %s WHERE quote_id = %d", canary, canaryNumber, cart))
		s.exec(fmt.Sprintf("UPDATE quote_address SET address_type = '%s', subtotal = %s WHERE quote_id = %d", canary, canaryNumber, cart))
		s.exec(fmt.Sprintf("DELETE FROM quote_address WHERE quote_id = %d", cart))
	}
	s.exec(fmt.Sprintf("DELETE FROM quote WHERE entity_id = %d", 900+n))
}

// TestWhatIsNotAllowedLeavesTheShopNowhere has everything captured that can be, and looks
// into all topics, the log and the metrics. The list is that of the columns and tables that
// hold secrets and private life in Magento; statements with their text are in the log, too.
func TestWhatIsNotAllowedLeavesTheShopNowhere(t *testing.T) {
	t.Parallel()
	for edition, stages := range map[string]bool{"Open Source": false, "changes staged": true} {
		t.Run(edition, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, "", everything, func(s *magentoShop) { s.stages = stages })
			s.plant()
			s.exec("INSERT INTO eav_attribute (attribute_id, attribute_code) VALUES (10, 'national_id'), (11, 'name_of_pet'), (12, 'Price ')")
			s.oneOfEach(3)
			s.lure(1)
			topics, names := newTopics(t)
			registry := prometheus.NewRegistry()
			r := run(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, Metrics: registry})
			r.snapshotDone()
			s.lure(11)
			// What ends sessions is said in the log, and not with what is in the statement.
			s.exec("ALTER TABLE customer_entity ADD later varchar(60) NOT NULL DEFAULT '" + canary + "' COMMENT '" + canary + "', MODIFY email varchar(200)")
			r.anotherSnapshot()
			r.snapshotDone()
			s.exec("TRUNCATE tax_class /* " + canary + " */")
			s.exec("INSERT INTO tax_class (class_name, class_type) SELECT 'c', 'x' FROM secret_values WHERE value = '" + canary + "'")
			r.anotherSnapshot()
			r.snapshotDone()
			r.caughtUp(s)
			r.sameAsShop(s)
			r.hasNoCanary(registry)
		})
	}
}

// hasNoCanary looks for it in everything that capture has written.
func (r *running) hasNoCanary(registry *prometheus.Registry) {
	r.t.Helper()
	seen := 0
	look := func(where, text string) {
		seen++
		for _, never := range []string{canary, strings.ToLower(canary), canaryNumber} {
			if strings.Contains(text, never) {
				r.t.Errorf("it is in %s: %.300s", where, text)
			}
		}
	}
	for _, d := range allDomains {
		for _, rec := range r.records(d) {
			look(string(d), string(rec.Key))
			look(string(d), string(rec.Value))
			look(string(d), fmt.Sprintf("%s", rec.Headers))
		}
	}
	if seen < 1000 {
		r.t.Errorf("only %d keys, values and headers were looked at", seen)
	}
	state := r.state()
	look("the offsets", fmt.Sprintf("%+v", state))
	look("the log", r.log.String())
	families, err := registry.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range families {
		look("the metrics", f.String())
	}
}

// A column that is on the list and is sent after all would not be noticed where the table of
// the test does not have it.
func TestNoSensitiveColumnIsAllowed(t *testing.T) {
	for name := range maps.Keys(sensitive) {
		table, known := magento.ByName(name)
		if !known {
			t.Errorf("%s is not captured: it belongs among the tables of which nothing leaves", name)
		}
		for _, c := range sensitive[name] {
			if slices.Contains(table.Columns, c) {
				t.Errorf("%s.%s is allowed", name, c)
			}
		}
	}
	for _, name := range unlisted {
		if _, known := magento.ByName(name); known {
			t.Errorf("%s is captured", name)
		}
	}
}

// What a person wrote may be about anybody, so that the operator has to ask for it.
func TestCommentsLeaveOnlyWhereTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	for group, leave := range map[magento.Group]bool{magento.CommentGroup: true, magento.CompanyGroup: false} {
		t.Run(string(group), func(t *testing.T) {
			t.Parallel()
			s := newShop(t, "", func(s *magentoShop) { s.config.AlsoCapture = []magento.Group{group} })
			s.oneOfEach(3)
			s.exec("UPDATE sales_creditmemo_comment SET comment = '" + canary + " snapshot'")
			topics, names := newTopics(t)
			r := run(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names})
			r.snapshotDone()
			s.exec("UPDATE sales_creditmemo_comment SET comment = '" + canary + " log'")
			r.caughtUp(s)
			for _, of := range []string{"snapshot", "log"} {
				found := false
				for _, d := range allDomains {
					for _, rec := range r.records(d) {
						found = found || strings.Contains(string(rec.Value), canary+" "+of)
					}
				}
				if found != leave {
					t.Errorf("with %s a comment leaves by the %s: %t, want %t", group, of, found, leave)
				}
			}
			r.sameAsShop(s)
		})
	}
}
