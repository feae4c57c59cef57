package config

import "github.com/semsync/semsync/internal/metadata"

// Notifications say who is told of what. A notice is sent once for an event.
type Notifications struct {
	// Slack posts to an incoming webhook.
	Slack Slack `json:"slack" yaml:"slack" mapstructure:"slack"`
	// Email sends through an SMTP server.
	Email Email `json:"email" yaml:"email" mapstructure:"email"`
	// Webhook posts JSON to any URL.
	Webhook Webhook `json:"webhook" yaml:"webhook" mapstructure:"webhook"`
}

// Slack posts to an incoming webhook.
type Slack struct {
	// Enabled turns it on.
	Enabled bool `json:"enabled" yaml:"enabled" mapstructure:"enabled"`
	// WebhookURL of the incoming webhook.
	WebhookURL metadata.Secret `json:"webhook_url" yaml:"webhook_url" mapstructure:"webhook_url"`
	// Channel overrides the webhook's own, where Slack allows it.
	Channel string `json:"channel" yaml:"channel" mapstructure:"channel"`
	// MentionUsers are Slack ids of people to mention in notices of failures.
	MentionUsers []string `json:"mention_users" yaml:"mention_users" mapstructure:"mention_users"`
	// NotifyOn are the events that are told.
	NotifyOn []string `json:"notify_on" yaml:"notify_on" mapstructure:"notify_on" jsonschema:"enum=sync_started,enum=sync_completed,enum=sync_failed,enum=errors,enum=conflicts,enum=pii_detected,enum=schema_changes,enum=validation_failures,enum=approval_required,enum=new_tables,enum=deprecated_fields"`
}

// Email sends through an SMTP server.
type Email struct {
	// Enabled turns it on.
	Enabled bool `json:"enabled" yaml:"enabled" mapstructure:"enabled"`
	// SMTPHost is the server's name.
	SMTPHost string `json:"smtp_host" yaml:"smtp_host" mapstructure:"smtp_host"`
	// SMTPPort is the server's port.
	SMTPPort int `json:"smtp_port" yaml:"smtp_port" mapstructure:"smtp_port" jsonschema:"minimum=1,maximum=65535"`
	// Username to log in with. Empty means no login.
	Username string `json:"username" yaml:"username" mapstructure:"username"`
	// Password to log in with.
	Password metadata.Secret `json:"password" yaml:"password" mapstructure:"password"`
	// FromAddress of the mails.
	FromAddress string `json:"from_address" yaml:"from_address" mapstructure:"from_address"`
	// ToAddresses are who gets the mails.
	ToAddresses []string `json:"to_addresses" yaml:"to_addresses" mapstructure:"to_addresses"`
	// TLS is starttls, tls (from the first byte) or none; true means starttls and false none.
	TLS MailTLS `json:"tls" yaml:"tls" mapstructure:"tls"`
	// CAFile holds the certificates to trust, PEM, for a mail server of one's own. Empty means the system's.
	CAFile string `json:"ca_file" yaml:"ca_file" mapstructure:"ca_file"`
	// NotifyOn are the events that are told.
	NotifyOn []string `json:"notify_on" yaml:"notify_on" mapstructure:"notify_on" jsonschema:"enum=sync_started,enum=sync_completed,enum=sync_failed,enum=errors,enum=conflicts,enum=pii_detected,enum=schema_changes,enum=validation_failures,enum=approval_required,enum=new_tables,enum=deprecated_fields"`
}

// Webhook posts JSON to any URL.
type Webhook struct {
	// Enabled turns it on.
	Enabled bool `json:"enabled" yaml:"enabled" mapstructure:"enabled"`
	// URL that is posted to.
	URL metadata.Secret `json:"url" yaml:"url" mapstructure:"url"`
	// Headers to send along; their names keep their case.
	Headers map[string]metadata.Secret `json:"headers" yaml:"headers" mapstructure:"headers"`
	// Secret of the HMAC signature. Empty means unsigned.
	Secret metadata.Secret `json:"secret" yaml:"secret" mapstructure:"secret"`
	// NotifyOn are the events that are told.
	NotifyOn []string `json:"notify_on" yaml:"notify_on" mapstructure:"notify_on" jsonschema:"enum=sync_started,enum=sync_completed,enum=sync_failed,enum=errors,enum=conflicts,enum=pii_detected,enum=schema_changes,enum=validation_failures,enum=approval_required,enum=new_tables,enum=deprecated_fields"`
}
