package contract

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The variables that name a trial business. The last four have defaults.
const (
	clientIDVar     = "SAGE_TRIAL_CLIENT_ID"
	clientSecretVar = "SAGE_TRIAL_CLIENT_SECRET"
	refreshTokenVar = "SAGE_TRIAL_REFRESH_TOKEN"
	businessVar     = "SAGE_TRIAL_BUSINESS"
	tokenFileVar    = "SAGE_TRIAL_TOKEN_FILE"
	yesVar          = "SAGE_TRIAL_YES"       // 1: the business may be used though its name does not say that it is a trial
	apiVar          = "SAGE_TRIAL_API_URL"   // another Sage, such as a simulator
	tokenURLVar     = "SAGE_TRIAL_TOKEN_URL" // its token endpoint
	riskVar         = "SAGE_TRIAL_RISK"      // 1: ask what may end the consent or be throttled, too
)

// ErrNoTrial is returned where no trial business is named.
var ErrNoTrial = errors.New("no trial business is asked: set " + strings.Join([]string{clientIDVar, clientSecretVar, refreshTokenVar, businessVar, tokenFileVar}, ", ") +
	", the last a file that keeps the refresh token, which is a new one after each run")

// Trial is the business that the environment names, ready to be asked. It refuses one whose
// name does not say that it is a trial: questions post documents.
func Trial(env func(string) string) (*Business, error) {
	var missing []string
	for _, name := range []string{clientIDVar, clientSecretVar, refreshTokenVar, businessVar, tokenFileVar} {
		if env(name) == "" {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) == 5:
		return nil, ErrNoTrial
	case len(missing) > 0:
		return nil, fmt.Errorf("set %s, too", strings.Join(missing, ", "))
	}
	b := &Business{
		API: cmp.Or(env(apiVar), "https://api.accounting.sage.com/v3.1"), ID: env(businessVar), Risk: env(riskVar) == "1",
		Access: &Access{
			TokenURL: cmp.Or(env(tokenURLVar), "https://oauth.accounting.sage.com/token"), ClientID: env(clientIDVar), ClientSecret: env(clientSecretVar),
			File: env(tokenFileVar), HTTP: &http.Client{Timeout: time.Minute},
		},
	}
	if err := b.Access.Begin(env(refreshTokenVar)); err != nil {
		return nil, err
	}
	if err := b.checkName(env(yesVar) == "1"); err != nil {
		return nil, err
	}
	return b, b.Survey()
}

// checkName reads nothing but the name before it is sure.
func (b *Business) checkName(yes bool) error {
	r, err := b.must(200, http.MethodGet, "/businesses/"+b.ID, nil)
	if err != nil {
		return err
	}
	b.Name = cmp.Or(r.str("name"), r.str("displayed_as"))
	if !yes && !strings.Contains(strings.ToLower(b.Name), "trial") {
		return fmt.Errorf("the business is called %q, which does not say that it is a trial: documents would be posted there; set %s=1 if they may be", b.Name, yesVar)
	}
	return nil
}
