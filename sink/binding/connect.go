package binding

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A ConnectRequest is one run of connect.
type ConnectRequest struct {
	Config  sage.Config
	Store   Store
	Tokens  SealedStore
	Binding string
	// Business is the id of the business to take; "" takes the only one.
	Business string
	// Pasted leaves the callback alone: the answer can only be pasted.
	Pasted bool
	// OnConsentURL is given the address at which a person gives consent, and a function
	// that takes the address to which Sage sends the browser, when a person pastes it.
	OnConsentURL func(url string, paste func(address string) error)
}

// Connect gets consent for a binding, chooses the business, checks it and keeps its
// tokens. It waits for the person until ctx ends.
func Connect(ctx context.Context, r ConnectRequest) (work.Binding, error) {
	b, err := r.Store.Binding(ctx, r.Binding)
	if err != nil {
		return work.Binding{}, err
	}
	if err := notPurged(b); err != nil {
		return work.Binding{}, err
	}
	keys, err := auth.NewKeyring(r.Config.EncryptionKeys)
	if err != nil {
		return work.Binding{}, err
	}
	network := sage.NewNetwork(r.Config)
	network.ShareRates(r.Store)
	defer network.Close()
	pair, err := r.consent(ctx, network.App())
	if err != nil {
		return work.Binding{}, err
	}
	found, err := r.choose(ctx, network, pair, b)
	if err != nil {
		return work.Binding{}, err
	}
	tokens := TokenStore{r.Tokens, keys, b.Name, found.Business}
	if err := tokens.Put(ctx, pair); err != nil {
		return work.Binding{}, err
	}
	if err := r.Store.Connect(ctx, found); err != nil {
		return work.Binding{}, err
	}
	return r.Store.Binding(ctx, r.Binding)
}

func (r ConnectRequest) consent(ctx context.Context, app *auth.App) (auth.TokenPair, error) {
	question := app.NewPastedConsent()
	if !r.Pasted {
		var err error
		if question, err = app.NewConsent(); err != nil {
			return auth.TokenPair{}, err
		}
	}
	defer question.Close()
	r.OnConsentURL(question.URL(), question.Paste)
	return question.Wait(ctx)
}

// choose finds the business and reads what postings depend on.
func (r ConnectRequest) choose(ctx context.Context, n *sage.Network, pair auth.TokenPair, b work.Binding) (found work.Connection, err error) {
	businesses, err := sage.NewClient(n, auth.StaticToken(pair.Access), b.Name, "").Businesses(ctx)
	if err != nil {
		return found, err
	}
	business, err := pick(businesses, r.Business)
	if err != nil {
		return found, err
	}
	if b.Business != "" && b.Business != business.ID {
		return found, fmt.Errorf("binding %s posts to %s, where its documents are: make a new binding for %s; or run mage2sage binding rebind %s first, if nothing was posted yet",
			b.Name, b.BusinessName, business.DisplayedAs, b.Name)
	}
	p, err := read(b)
	if err != nil {
		return found, err
	}
	if err := checkShared(ctx, r.Store, sharer{b.Name, b.Source, p}, business.ID); err != nil {
		return found, err
	}
	if err := beginsAfterPurged(ctx, r.Store, b, p, business.ID); err != nil {
		return found, err
	}
	client := sage.NewClient(n, auth.StaticToken(pair.Access), b.Name, business.ID)
	settings, err := client.FinancialSettings(ctx)
	if err != nil {
		return found, err
	}
	if settings.BaseCurrency.ID == "" {
		return found, fmt.Errorf("business %s has no base currency: finish its set-up in Sage, then connect again", business.DisplayedAs)
	}
	if err := CheckReferences(ctx, client, b.Name, p.References()); err != nil {
		return found, withoutIDs(err, b)
	}
	return work.Connection{Binding: b.Name, Business: business.ID, BusinessName: business.DisplayedAs, BaseCurrency: settings.BaseCurrency.ID}, nil
}

// withoutIDs says how a binding is connected that has never been: the lists that the
// error points to can be read by no other way.
func withoutIDs(err error, b work.Binding) error {
	var wrong *WrongIDsError
	if b.Business != "" || !errors.As(err, &wrong) {
		return err
	}
	return fmt.Errorf("%w\nbinding %s has no lists before it is connected: import it without its policy's ids, connect, then import it with ids of the lists", err, b.Name)
}

// pick takes the business that was asked for, or the only one.
func pick(all []resource.Business, id string) (resource.Business, error) {
	var names []string
	for _, b := range all {
		if b.ID == id || id == "" && len(all) == 1 {
			return b, nil
		}
		names = append(names, b.ID+" "+b.DisplayedAs)
	}
	switch {
	case len(all) == 0:
		return resource.Business{}, fmt.Errorf("this Sage user sees no business: give consent as one who does")
	case id != "":
		return resource.Business{}, fmt.Errorf("this Sage user sees no business %s but %s", id, strings.Join(names, ", "))
	}
	return resource.Business{}, fmt.Errorf("this Sage user sees several businesses: choose one with --business: %s", strings.Join(names, ", "))
}
