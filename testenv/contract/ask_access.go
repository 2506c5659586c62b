package contract

import "net/http"

// aboutAccess may end the consent, so these come last, and only with leave.
var aboutAccess = []Question{
	{
		Name: "lost refresh", Text: "Does a refresh token work once more at once, as after an answer that was lost?",
		Answers: []Answer{{"it is refused", ""}, {"it works", "--refresh-grace=1m"}},
		Ask: func(b *Business) (string, error) {
			if !b.Risk {
				return "", notAsked("a token that is presented twice may end the consent: set %s=1", riskVar)
			}
			spent := b.Access.refresh
			if _, err := b.Access.present(spent); err != nil {
				return "", err
			}
			status, err := b.Access.present(spent)
			if status == http.StatusOK {
				return "it works", err
			}
			return "it is refused", nil
		},
	},
	{
		Name: "reuse", Text: "Is the consent over once a spent refresh token was presented?",
		Answers: []Answer{{"it is not", ""}, {"it is over", "--reuse-revokes"}},
		Ask: func(b *Business) (string, error) {
			if !b.Risk {
				return "", notAsked("a token that is presented twice may end the consent: set %s=1", riskVar)
			}
			spent := b.Access.refresh
			for range 2 { // two before the live one, so that no grace counts
				if status, err := b.Access.present(b.Access.refresh); err != nil || status != http.StatusOK {
					return "it is over", err // by the question before
				}
			}
			if status, err := b.Access.present(spent); err == nil && status == http.StatusOK {
				return "it still works", nil
			}
			if status, err := b.Access.present(b.Access.refresh); err != nil || status != http.StatusOK {
				return "it is over", err
			}
			return "it is not", nil
		},
	},
}
