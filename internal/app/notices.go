package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/notify"
)

// channelsOf makes the channels that the configuration enables.
func channelsOf(cfg *config.Notifications) ([]notify.Channel, error) {
	var out []notify.Channel
	if c := cfg.Slack; c.Enabled {
		slack, err := notify.NewSlack(notify.SlackConfig{
			WebhookURL: c.WebhookURL, Channel: c.Channel, MentionUsers: c.MentionUsers, NotifyOn: eventsOf(c.NotifyOn),
		})
		if err != nil {
			return nil, usage(err)
		}
		out = append(out, slack)
	}
	if c := cfg.Email; c.Enabled {
		trust, err := mailTrust(c)
		if err != nil {
			return nil, err
		}
		email, err := notify.NewEmail(notify.EmailConfig{
			Host: c.SMTPHost, Port: c.SMTPPort, Username: c.Username, Password: c.Password, From: c.FromAddress, To: c.ToAddresses,
			TLS: notify.MailTLS(c.TLS), TLSConfig: trust, NotifyOn: eventsOf(c.NotifyOn),
		})
		if err != nil {
			return nil, usage(err)
		}
		out = append(out, email)
	}
	if c := cfg.Webhook; c.Enabled {
		webhook, err := notify.NewWebhook(notify.WebhookConfig{URL: c.URL, Headers: c.Headers, Secret: c.Secret, NotifyOn: eventsOf(c.NotifyOn)})
		if err != nil {
			return nil, usage(err)
		}
		out = append(out, webhook)
	}
	return out, nil
}

// mailTrust gives the TLS settings of a mail server with certificates of its own; nil trusts what the system does.
func mailTrust(c config.Email) (*tls.Config, error) {
	if c.CAFile == "" {
		return nil, nil //nolint:nilnil // the system's certificates are a setting, not an error
	}
	trust, err := tlsConfig(config.TLS{CAFile: c.CAFile, ServerName: c.SMTPHost})
	if err != nil {
		return nil, usage(fmt.Errorf("notifications.email: %w", err))
	}
	return trust, nil
}

func eventsOf(names []string) []notify.Event {
	out := make([]notify.Event, len(names))
	for i, name := range names {
		out[i] = notify.Event(name)
	}
	return out
}

// addNotifier puts the sending of notices in. It comes before the coordinator, so that it stops after
// it: the end of the coordinator's last run is told too.
func (p *process) addNotifier() error {
	channels, err := channelsOf(&p.cfg.Notifications)
	if err != nil {
		return err
	}
	n, err := notify.New(notify.Config{ID: uuid.NewString()}, p.infra.Layer, channels, p.coordinator,
		p.log.With("part", "notices"), notify.NewMetrics(p.registry))
	if err != nil {
		return err
	}
	p.group.Add("notices", n)
	return nil
}

func notifyCommand(o *options) *cobra.Command {
	return group("notify", "Notices by Slack, mail and webhook", notifyTest(o))
}

// testView is what came of a test notice.
type testView struct {
	Channel string `json:"channel"`
	Target  string `json:"target"`
	Result  string `json:"result"`
}

func notifyTest(o *options) *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use: "test", Short: "Send a test notice to every enabled channel, and say what came of it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := o.load(nil)
			if err != nil {
				return err
			}
			channels, err := channelsOf(&cfg.Notifications)
			if err != nil {
				return err
			}
			if len(channels) == 0 {
				return usage(errors.New("no channel is enabled: set notifications.slack.enabled, notifications.email.enabled or notifications.webhook.enabled"))
			}
			views, failed := sendTests(cmd.Context(), channels)
			err = printList(o.Out, form, views, []string{"CHANNEL", "TARGET", "RESULT"}, func(v testView) []string {
				return []string{v.Channel, v.Target, v.Result}
			})
			if err == nil && failed > 0 {
				err = fmt.Errorf("%d of %d test notices did not arrive", failed, len(views))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&form, "output", "table", outputs)
	return cmd
}

func sendTests(ctx context.Context, channels []notify.Channel) (views []testView, failed int) {
	notice := notify.NewTest(uuid.NewString(), time.Now())
	for _, c := range channels {
		for _, target := range c.Targets() {
			v := testView{c.Name(), target, "sent"}
			if err := c.Send(ctx, notice, target); err != nil {
				v.Result = metadata.AsFault(err).Error()
				failed++
			}
			views = append(views, v)
		}
	}
	return views, failed
}
