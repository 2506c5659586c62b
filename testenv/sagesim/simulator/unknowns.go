package simulator

import (
	"flag"
	"fmt"
	"slices"
	"strings"
)

// Unknowns adds the switches for what only a real business of Sage's can tell; make contract asks one,
// and says which to set. Without any the simulator does what is likeliest.
func Unknowns(f *flag.FlagSet, o *Options) {
	f.Func("edition", "standard or start; without it Plus, which has everything", among(&o.Edition, StandardEdition, StartEdition))
	f.BoolVar(&o.ReuseRevokes, "reuse-revokes", false, "a refresh token presented twice ends its consent")
	f.DurationVar(&o.RefreshGrace, "refresh-grace", 0, "the refresh token before the live one works for so long")
	f.BoolVar(&o.RememberRefusals, "remember-refusals", false, "an idempotency id gets the same 422 again instead of being free after it")
	f.BoolVar(&o.RefuseOtherBody, "refuse-other-body", false, "refuse an idempotency id with another body instead of giving its first answer")
	f.BoolVar(&o.RefuseConcurrent, "refuse-concurrent", false, "refuse an idempotency id that is under way instead of waiting for its answer")
	f.BoolVar(&o.SharedKeys, "shared-keys", false, "idempotency ids count in all businesses instead of in one")
	f.BoolVar(&o.ClampPages, "clamp-pages", false, "items_per_page above 200 counts as 200 instead of being refused")
	f.Func("search", "how a search matches: prefix or exact; without it any part", among(&o.Search, SearchPrefix, SearchExact))
	f.BoolVar(&o.ShowDeleted, "show-deleted", false, "GET of a deleted id shows it with deleted_at instead of 404")
	f.BoolVar(&o.ReadingSends, "reading-sends", false, "reading a document marks it as sent unless mark_as_sent is false")
	f.IntVar(&o.EditionStatus, "edition-status", 0, "what is answered to what the edition lacks; 0 is 403")

	r := &o.Rules
	f.BoolVar(&r.StrictTax, "strict-tax", false, "refuse a line whose tax is off by more than 0.01 from its rate")
	f.BoolVar(&r.StrictVAT, "strict-vat", false, "refuse a positive tax rate for customers outside the UK and the EU")
	f.BoolVar(&r.StrictBankCurrency, "strict-bank-currency", false, "refuse payments in a currency the bank account does not have")
	f.BoolVar(&r.StrictRegions, "strict-regions", false, "refuse a region of Canada or the USA that is not the code of one")
	f.BoolVar(&r.RefuseNegativeLines, "refuse-negative-lines", false, "refuse lines with a negative price or quantity")
	f.BoolVar(&r.ZeroTotalUnpaid, "zero-total-unpaid", false, "documents over 0.00 stay UNPAID instead of being PAID")
	f.BoolVar(&r.RoundProduct, "round-product", false, "round quantity × price only, not the price first")
	f.BoolVar(&r.RoundQuantity, "round-quantity", false, "quantities have two decimals instead of as many as were sent")
	f.BoolVar(&r.DropAbsentLines, "drop-absent-lines", false, "a PUT deletes the lines that it does not name")
	f.BoolVar(&r.NetWithoutShipping, "net-without-shipping", false, "net and tax of the header leave shipping out")
	f.BoolVar(&r.CheckTotals, "check-totals", false, "refuse net and total amounts that were sent and are wrong instead of ignoring them")
	f.BoolVar(&r.InclusiveByRate, "inclusive-by-rate", false, "of a price with tax the rate says what is tax, not the tax that was sent")
	f.BoolVar(&r.InverseRates, "inverse-rates", false, "exchange_rate is foreign units per base unit")
	f.BoolVar(&r.FreeContactCurrency, "free-contact-currency", false, "a contact's currency may be changed after it was used")
	f.BoolVar(&r.RepeatItemCodes, "repeat-item-codes", false, "several items may have one item_code")
	f.StringVar(&r.OfferStatus, "offer-status", "", "status of an estimate or quote that nobody has touched; empty is UNPAID")
	f.StringVar(&r.LockedMessage, "locked-message", "", "what a posting in a locked period is refused with")
	f.StringVar(&r.TakenMessage, "taken-message", "", "what a reference that is taken is refused with")
}

// among takes one of a few texts.
func among(to *string, known ...string) func(string) error {
	return func(text string) error {
		if !slices.Contains(known, text) {
			return fmt.Errorf("it has to be one of %s", strings.Join(known, ", "))
		}
		*to = text
		return nil
	}
}
