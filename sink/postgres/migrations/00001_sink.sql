-- +goose Up

-- The newest version of every entity, one row each.
CREATE TABLE entities (
    source       text        NOT NULL,
    id           text        NOT NULL, -- invoice:12
    kind         text        NOT NULL,
    order_id     bigint,
    website_id   integer,
    store_id     integer,
    customer_id  bigint,
    generation   integer     NOT NULL, -- of its pipeline; versions are compared within one
    epoch        numeric(20) NOT NULL,
    sequence     numeric(20) NOT NULL,
    body         jsonb       NOT NULL,
    deleted      boolean     NOT NULL,
    read_before  boolean     NOT NULL DEFAULT false, -- by a database that is lost, which may have posted it
    taken_at     timestamptz NOT NULL DEFAULT now(),
    without_person boolean   NOT NULL DEFAULT false, -- names, addresses and the like were taken out of its body
    PRIMARY KEY (source, id)
);
CREATE INDEX entities_personal ON entities (source, id) WHERE NOT without_person AND (kind <> 'customer' OR deleted);
CREATE INDEX entities_order ON entities (source, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX entities_buyer ON entities (source, customer_id, order_id) WHERE customer_id IS NOT NULL AND order_id IS NOT NULL AND NOT deleted;

-- How far intake has read; written in the transaction that wrote the entities.
CREATE TABLE bookmarks (
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    before      text    NOT NULL,
    read_before bigint  NOT NULL DEFAULT 0, -- a database that is lost had read the records below
    read_to     bigint  NOT NULL DEFAULT 0, -- there is no record from next_offset up to here
    PRIMARY KEY (topic, partition)
);

-- The pipelines that a source's entities came from; the highest generation is followed. A
-- row with the pipeline (moved) is a move to another prefix.
CREATE TABLE source_pipelines (
    source     text        NOT NULL,
    pipeline   text        NOT NULL,
    prefix     text        NOT NULL,
    generation integer     NOT NULL,
    since      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, pipeline),
    UNIQUE (source, generation)
);

-- Records that were passed over because of what is in them; they stay in their topics.
CREATE TABLE set_aside (
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    record_offset bigint      NOT NULL,
    reason        text        NOT NULL,
    since         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, record_offset)
);

CREATE TABLE bindings (
    name           text PRIMARY KEY,
    source         text        NOT NULL,
    policy         jsonb       NOT NULL,
    policy_version integer     NOT NULL DEFAULT 1,
    business       text        NOT NULL DEFAULT '', -- empty until it is connected
    business_name  text        NOT NULL DEFAULT '',
    base_currency  text        NOT NULL DEFAULT '',
    state          text        NOT NULL DEFAULT 'new', -- new connected forbidden needs_reauth disconnected purged
    hint           text        NOT NULL DEFAULT '',
    not_before     timestamptz NOT NULL DEFAULT now(), -- no call is made before that
    resumed_at     timestamptz NOT NULL DEFAULT now(), -- when a person last ended what holds calls back
    imported_at    timestamptz NOT NULL DEFAULT now(),
    -- Nothing is sent while a rebuild is wanted, or a restore was noticed, after the last one that
    -- ended had begun.
    rebuild_wanted_at timestamptz NOT NULL DEFAULT '-infinity',
    rebuilt_at     timestamptz NOT NULL DEFAULT '-infinity',
    rebuilding     text        NOT NULL DEFAULT '', -- how far it is
    disconnected_at timestamptz, -- by a person, the last time
    CHECK (state IN ('new', 'connected', 'forbidden', 'needs_reauth', 'disconnected', 'purged'))
);

-- One row per binding and entity: what became of it.
CREATE TABLE sync_items (
    binding       text        NOT NULL REFERENCES bindings (name),
    id            text        NOT NULL,
    kind          text        NOT NULL,
    state         text        NOT NULL DEFAULT 'planned', -- planned waiting skipped parked posted open
    payment       text        NOT NULL DEFAULT '',        -- paid unpaid void
    reason        text        NOT NULL DEFAULT '',
    hint          text        NOT NULL DEFAULT '',
    waits_for     text        NOT NULL DEFAULT '', -- customer:5, guest:…, invoice:12
    waiting_since timestamptz,
    plan_due_at   timestamptz DEFAULT now(),
    number        text        NOT NULL DEFAULT '', -- Magento's increment id
    currency      text        NOT NULL DEFAULT '',
    magento_total numeric(20, 4),
    sage_total    numeric(20, 4),
    sage_id       text        NOT NULL DEFAULT '',
    sage_number   text        NOT NULL DEFAULT '',
    sage_contact_id text      NOT NULL DEFAULT '', -- of the contact that it was posted to
    accounting_date text      NOT NULL DEFAULT '', -- frozen when first planned
    sent_digest   text        NOT NULL DEFAULT '', -- of the amounts that were sent
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (binding, id),
    CHECK (state IN ('planned', 'waiting', 'skipped', 'parked', 'posted', 'open'))
);
-- Documents are planned before customers.
CREATE INDEX sync_items_due ON sync_items (plan_due_at, length(id), id) WHERE plan_due_at IS NOT NULL AND kind <> 'customer';
CREATE INDEX sync_items_due_customers ON sync_items (plan_due_at, length(id), id) WHERE plan_due_at IS NOT NULL AND kind = 'customer';
CREATE INDEX sync_items_waiting ON sync_items (binding, waits_for) WHERE waits_for <> '';
-- What status counts, and the oldest that is not posted: of a million documents nearly all are posted.
CREATE INDEX sync_items_counts ON sync_items (binding, kind, state, payment, reason);
CREATE INDEX sync_items_unposted ON sync_items (binding, id) WHERE state IN ('planned', 'waiting', 'parked');

-- One row per call that Sage is to get; the row is committed before the call.
CREATE TABLE operations (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    binding        text        NOT NULL REFERENCES bindings (name),
    business       text        NOT NULL,
    kind           text        NOT NULL, -- create_contact create_invoice create_payment … (work.Kinds)
    entity         text        NOT NULL,
    currency       text        NOT NULL DEFAULT '', -- of a contact
    revision       integer     NOT NULL,
    item           text        NOT NULL, -- the sync item whose plan asked for it
    idempotency_id text        NOT NULL,
    reference      text        NOT NULL DEFAULT '',
    reference_key  text        NOT NULL DEFAULT '', -- the same for all spellings of one number
    target         text        NOT NULL DEFAULT '', -- Sage's id of what is changed
    body           json        NOT NULL, -- json, not jsonb: it goes out byte for byte the same again
    body_hash      text        NOT NULL,
    sent_digests   jsonb       NOT NULL DEFAULT '{}', -- kept with the xref
    total          numeric(20, 4),
    tax            numeric(20, 4),
    policy_version integer     NOT NULL,
    priority       integer     NOT NULL,
    state          text        NOT NULL DEFAULT 'planned',
    was_in_doubt   boolean     NOT NULL DEFAULT false, -- an answer was lost: the object may be in Sage
    refused        boolean     NOT NULL DEFAULT false, -- in doubt: the repetition was refused, a look-up decides
    settled_as     text        NOT NULL DEFAULT '', -- in doubt: Sage's id, as a person has found it
    not_in_sage    boolean     NOT NULL DEFAULT false, -- as a person has found out
    attempt        integer     NOT NULL DEFAULT 0,
    fence_token    bigint      NOT NULL DEFAULT 0, -- counts claims, so that an answer to an older one is recognised; never falls
    not_before     timestamptz NOT NULL DEFAULT now(),
    first_sent_at  timestamptz,
    sent_at        timestamptz,
    deadline       timestamptz,
    sage_id        text        NOT NULL DEFAULT '',
    reason         text        NOT NULL DEFAULT '',
    hint           text        NOT NULL DEFAULT '',
    source_field   text        NOT NULL DEFAULT '', -- Sage's $source of a refusal
    planned_at     timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz,
    without_person boolean     NOT NULL DEFAULT false, -- as of an entity; the hash is that of the body that was sent
    UNIQUE (binding, kind, entity, currency, revision),
    UNIQUE (binding, idempotency_id),
    CHECK (state IN ('planned', 'sending', 'in_doubt', 'confirmed', 'refused', 'cancelled', 'parked'))
);
-- Ends a transaction that takes an operation for under way when it is not any more.
-- +goose StatementBegin
CREATE FUNCTION operation_is_under_way(operation bigint, token bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM operations WHERE id = operation AND state = 'sending' AND fence_token = token FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operation % is not under way any more', operation USING ERRCODE = 'MS001';
    END IF;
END $$;
-- +goose StatementEnd
-- At most one operation under a key is ever under way.
CREATE UNIQUE INDEX operations_one_under_way ON operations (binding, kind, entity, currency)
    WHERE state IN ('planned', 'sending', 'in_doubt');
CREATE INDEX operations_planned ON operations (business, priority, id) WHERE state = 'planned';
CREATE INDEX operations_open ON operations (business, id) WHERE state IN ('sending', 'in_doubt');
CREATE INDEX operations_reference ON operations (business, kind, reference_key) WHERE reference_key <> '';
CREATE INDEX operations_item ON operations (binding, item);
CREATE INDEX operations_personal ON operations (id) WHERE NOT without_person;

-- Objects in Sage. The primary key is natural, the unique key is its reverse: no entity
-- has two objects of a type, and no object belongs to two entities.
CREATE TABLE xrefs (
    binding   text        NOT NULL REFERENCES bindings (name),
    type      text        NOT NULL, -- contact sales_invoice sales_credit_note contact_payment contact_allocation
    entity    text        NOT NULL,
    currency  text        NOT NULL DEFAULT '',
    sage_id   text        NOT NULL,
    reference text        NOT NULL DEFAULT '',
    sent_digests jsonb    NOT NULL DEFAULT '{}', -- digests of a contact's fields as last sent
    made_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (binding, type, entity, currency),
    UNIQUE (binding, type, sage_id)
);

-- What happened, for good. Its tables, one for each month, are made by the program.
CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY,
    at      timestamptz NOT NULL DEFAULT now(),
    binding text        NOT NULL,
    entity  text        NOT NULL DEFAULT '',
    event   text        NOT NULL,
    detail  jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
-- Each time that this database was found to be older than what was done with it: nothing is sent
-- for a binding until Sage's lists were read since.
CREATE TABLE restores (
    noticed_at timestamptz NOT NULL DEFAULT now(),
    reason     text        NOT NULL
);
-- What stood in Sage when the lists were read, and belongs to nobody that we know: what is to be
-- made under such a reference is looked up first.
CREATE TABLE left_in_sage (
    binding       text NOT NULL REFERENCES bindings (name),
    kind          text NOT NULL, -- of the operation that makes such a thing
    reference_key text NOT NULL,
    sage_id       text NOT NULL,
    PRIMARY KEY (binding, kind, reference_key, sage_id)
);
-- What stood in a business more than once at the last search in Sage's own lists.
CREATE TABLE duplicates (
    business text        NOT NULL,
    kind     text        NOT NULL, -- of the operation that makes such a thing
    key      text        NOT NULL, -- what they have in common
    binding  text        NOT NULL REFERENCES bindings (name),
    objects  jsonb       NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business, kind, key)
);
CREATE TABLE duplicate_searches (
    business    text PRIMARY KEY,
    due_at      timestamptz NOT NULL,
    attempts    integer     NOT NULL DEFAULT 0, -- since the last one that ended
    searched_to timestamptz, -- what was changed later is read by the next
    searched_at timestamptz
);
CREATE INDEX audit_entity ON audit (binding, entity, id);
-- +goose StatementBegin
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Who erases a person's data may take details away, and change nothing.
    IF TG_OP = 'UPDATE' AND current_setting('mage2sage.erase', true) = 'yes' THEN
        IF (NEW.id, NEW.at, NEW.binding, NEW.entity, NEW.event) = (OLD.id, OLD.at, OLD.binding, OLD.entity, OLD.event) AND NEW.detail <@ OLD.detail THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit trail is append only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();

-- Whose data was erased: customer:5, or guest:… with the hash of an e-mail address. What was made
-- before is taken in without who it is about.
CREATE TABLE erased (
    source text        NOT NULL,
    key    text        NOT NULL,
    at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, key)
);

-- Sealed tokens. Version counts the pairs that Sage has given us.
CREATE TABLE oauth_tokens (
    binding            text PRIMARY KEY REFERENCES bindings (name),
    version            bigint      NOT NULL,
    access_token       bytea       NOT NULL,
    refresh_token      bytea       NOT NULL,
    access_expires_at  timestamptz NOT NULL,
    refresh_expires_at timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL DEFAULT now()
);
-- Written, and committed, before a refresh token is sent to Sage: if it is as new as the
-- pair, that refresh token may be spent.
CREATE TABLE oauth_refreshes (
    binding text PRIMARY KEY REFERENCES bindings (name),
    version bigint      NOT NULL,
    refused boolean     NOT NULL DEFAULT false, -- by Sage: it is not presented again
    at      timestamptz NOT NULL DEFAULT now()
);

-- Whoever plans locks this table, which has no rows: plans are made one after the other.
CREATE TABLE planning_turn ();

-- Who may send POSTs to a business, and how long.
CREATE TABLE business_leases (
    business text PRIMARY KEY,
    owner    text        NOT NULL,
    until    timestamptz NOT NULL
);

-- How fast calls may leave, and how many have left today: one row for each app, with the business
-- '', and one for each of its businesses. Processes book places in time on it.
CREATE TABLE call_rates (
    app          text             NOT NULL, -- Sage's client id
    business     text             NOT NULL,
    allowed      double precision NOT NULL DEFAULT 0, -- calls a second; 0 before anything was learned
    ceiling      double precision NOT NULL DEFAULT 0,
    booked_until timestamptz      NOT NULL DEFAULT 'epoch',
    frozen_until timestamptz      NOT NULL DEFAULT 'epoch',
    throttled_at timestamptz      NOT NULL DEFAULT 'epoch',
    throttled_by text             NOT NULL DEFAULT '',
    day          timestamptz      NOT NULL DEFAULT 'epoch', -- midnight, UTC, of the day that calls are of
    calls        bigint           NOT NULL DEFAULT 0,
    PRIMARY KEY (app, business)
);

-- What a person has stopped: the deliveries of a binding, or with '' of all.
CREATE TABLE holds (
    binding text PRIMARY KEY,
    by      text        NOT NULL,
    note    text        NOT NULL,
    since   timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE planning_turn, holds, call_rates, business_leases, oauth_refreshes, oauth_tokens, erased, duplicate_searches, duplicates, left_in_sage, restores, audit, xrefs, operations, sync_items, bindings, set_aside, source_pipelines, bookmarks, entities;
DROP FUNCTION audit_is_append_only;
DROP FUNCTION operation_is_under_way;
