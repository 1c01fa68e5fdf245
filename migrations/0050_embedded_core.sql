-- The embedded core: a double-entry ledger of deposits (CORE-02).
--
-- Signs: an amount above zero is a credit and raises what the bank owes the customer; below zero is a debit.
-- A journal is one event; its postings sum to zero. A posting is on a customer's account, where it is one
-- numbered line of the passbook, or on one of the bank's own accounts.
-- Locks are taken in one order everywhere: idempotency key, then accounts by id. So there are no deadlocks.

CREATE SCHEMA embedded_core;

CREATE TABLE embedded_core.holder (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('person', 'company')),
    name_kana text NOT NULL,
    name text NOT NULL,
    birth_date date CHECK ((kind = 'person') = (birth_date IS NOT NULL)),
    phones text[] NOT NULL,
    email text,
    member boolean NOT NULL,
    PRIMARY KEY (institution, id)
);

CREATE TABLE embedded_core.account (
    institution text NOT NULL,
    id text NOT NULL,
    branch_code text NOT NULL CHECK (branch_code ~ '^[0-9]{3}$'),
    kind text NOT NULL CHECK (kind IN ('ordinary', 'savings', 'current', 'time_deposit')),
    number text NOT NULL CHECK (number ~ '^[0-9]{7}$'),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'moved', 'closed')),
    moved_to text CHECK ((status = 'moved') = (moved_to IS NOT NULL)),
    holder_id text NOT NULL,
    passbook_withdrawal boolean NOT NULL DEFAULT false,
    opened_on date NOT NULL,
    overdraft_limit bigint NOT NULL DEFAULT 0 CHECK (overdraft_limit >= 0),
    balance bigint NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    last_line bigint NOT NULL DEFAULT 0,
    last_day date NOT NULL,
    last_hash bytea NOT NULL DEFAULT '',
    PRIMARY KEY (institution, id),
    UNIQUE (institution, branch_code, kind, number),
    FOREIGN KEY (institution, holder_id) REFERENCES embedded_core.holder (institution, id),
    FOREIGN KEY (institution, moved_to) REFERENCES embedded_core.account (institution, id),
    CONSTRAINT account_never_below_its_limit CHECK (balance + overdraft_limit >= held),
    CONSTRAINT account_empty_once_ended CHECK (status = 'open' OR (balance = 0 AND held = 0))
) WITH (fillfactor = 80);
CREATE INDEX account_of_holder ON embedded_core.account (institution, holder_id);

-- A card goes along when its account moves: its PIN verification value is bound to the card.
CREATE TABLE embedded_core.card (
    institution text NOT NULL,
    id text NOT NULL,
    account_id text NOT NULL,
    pin_verification_value bytea NOT NULL,
    issued_at timestamptz NOT NULL,
    lost_at timestamptz,
    PRIMARY KEY (institution, id),
    FOREIGN KEY (institution, account_id) REFERENCES embedded_core.account (institution, id)
);
CREATE UNIQUE INDEX card_in_use ON embedded_core.card (institution, account_id) WHERE lost_at IS NULL;

CREATE TABLE embedded_core.time_deposit (
    institution text NOT NULL,
    account_id text NOT NULL,
    deposit_number text NOT NULL CHECK (deposit_number ~ '^[0-9]{3}$'),
    principal bigint NOT NULL CHECK (principal > 0),
    rate_percent numeric(6, 3) NOT NULL,
    opened_on date NOT NULL,
    matures_on date NOT NULL CHECK (matures_on > opened_on),
    renewal text NOT NULL CHECK (renewal IN ('principal_and_interest', 'principal', 'none')),
    PRIMARY KEY (institution, account_id, deposit_number),
    FOREIGN KEY (institution, account_id) REFERENCES embedded_core.account (institution, id)
);

CREATE TABLE embedded_core.address_change (
    institution text NOT NULL,
    reference text NOT NULL,
    holder_id text NOT NULL,
    postal_code text NOT NULL CHECK (postal_code ~ '^[0-9]{7}$'),
    address text NOT NULL,
    phone text,
    requested_at timestamptz NOT NULL,
    PRIMARY KEY (institution, reference),
    FOREIGN KEY (institution, holder_id) REFERENCES embedded_core.holder (institution, id)
);

-- What follows is append-only. ------------------------------------------------------------------------------

-- A transfer's money, set aside. How it ended is a row of its own, so that a hold ends once.
CREATE TABLE embedded_core.hold (
    institution text NOT NULL,
    id text NOT NULL,
    account_id text NOT NULL,
    amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 999999999999),
    fee bigint NOT NULL CHECK (fee BETWEEN 0 AND 999999999999),
    payee_account_id text,
    other_bank jsonb,
    remarks text NOT NULL,
    payee_remarks text NOT NULL,
    held_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (institution, id),
    FOREIGN KEY (institution, account_id) REFERENCES embedded_core.account (institution, id),
    FOREIGN KEY (institution, payee_account_id) REFERENCES embedded_core.account (institution, id),
    CHECK ((payee_account_id IS NULL) = (other_bank IS NOT NULL))
);
CREATE INDEX hold_of_account ON embedded_core.hold (institution, account_id);

CREATE SEQUENCE embedded_core.journal_number;
CREATE TABLE embedded_core.journal (
    institution text NOT NULL,
    id bigint NOT NULL,
    posted_at timestamptz NOT NULL,
    hold_id text,
    reverses bigint,
    PRIMARY KEY (institution, id),
    UNIQUE (institution, hold_id),
    UNIQUE (institution, reverses),
    FOREIGN KEY (institution, hold_id) REFERENCES embedded_core.hold (institution, id),
    FOREIGN KEY (institution, reverses) REFERENCES embedded_core.journal (institution, id)
);

CREATE TABLE embedded_core.hold_end (
    institution text NOT NULL,
    hold_id text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('settled', 'voided', 'expired')),
    journal_id bigint CHECK ((outcome = 'settled') = (journal_id IS NOT NULL)),
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (institution, hold_id),
    FOREIGN KEY (institution, hold_id) REFERENCES embedded_core.hold (institution, id),
    FOREIGN KEY (institution, journal_id) REFERENCES embedded_core.journal (institution, id)
);

CREATE TABLE embedded_core.posting (
    institution text NOT NULL,
    journal_id bigint NOT NULL,
    entry integer NOT NULL,
    account_id text,
    bank_account text CHECK (bank_account IN (
        'cash', 'interbank', 'fees', 'interest', 'tax', 'card', 'direct_debits', 'suspense')),
    amount bigint NOT NULL CHECK (amount <> 0 AND abs(amount) <= 999999999999),
    posted_day date NOT NULL,
    value_day date NOT NULL,
    kind text NOT NULL CHECK (kind IN (
        'cash', 'cash_machine', 'transfer', 'direct_debit', 'card', 'fee', 'interest', 'tax', 'correction', 'other')),
    remarks text NOT NULL,
    line bigint,
    balance_after bigint,
    hash bytea,
    PRIMARY KEY (institution, journal_id, entry),
    FOREIGN KEY (institution, journal_id) REFERENCES embedded_core.journal (institution, id),
    FOREIGN KEY (institution, account_id) REFERENCES embedded_core.account (institution, id),
    CHECK ((account_id IS NULL) = (bank_account IS NOT NULL)),
    CHECK (num_nulls(account_id, line, balance_after, hash) IN (0, 4))
);
CREATE UNIQUE INDEX posting_line ON embedded_core.posting (institution, account_id, line) WHERE account_id IS NOT NULL;
CREATE INDEX posting_newest_first ON embedded_core.posting (institution, account_id, posted_day DESC, line DESC)
    WHERE account_id IS NOT NULL;

-- The first answer to every idempotency key, for ever.
CREATE TABLE embedded_core.request (
    institution text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    content bytea NOT NULL,
    answer jsonb NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (institution, key)
);

CREATE TABLE embedded_core.event (
    institution text NOT NULL,
    number bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('account_moved', 'account_closed', 'card_lost')),
    account_id text NOT NULL,
    moved_to text,
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (institution, number),
    FOREIGN KEY (institution, account_id) REFERENCES embedded_core.account (institution, id),
    FOREIGN KEY (institution, moved_to) REFERENCES embedded_core.account (institution, id)
);

CREATE FUNCTION embedded_core.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: it is only ever added to', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

DO $$
DECLARE place text;
BEGIN
    FOREACH place IN ARRAY ARRAY['hold', 'hold_end', 'journal', 'posting', 'request', 'event'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON embedded_core.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION embedded_core.refuse_change()', place);
    END LOOP;
END $$;

-- A journal's postings come in one statement: two or more, summing to zero, at least one of them a customer's
-- (whose chain then covers the journal), and no line of an account below its limit. Entries count from 1, so that
-- nothing can be added to a journal later.
CREATE FUNCTION embedded_core.check_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added GROUP BY institution, journal_id
        HAVING sum(amount) <> 0 OR count(*) < 2 OR count(account_id) = 0 OR min(entry) <> 1 OR max(entry) <> count(*)
    ) THEN
        RAISE EXCEPTION 'a journal does not balance, or is not whole' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM added JOIN embedded_core.account a ON a.institution = added.institution AND a.id = added.account_id
        WHERE added.balance_after + a.overdraft_limit < 0
    ) THEN
        RAISE EXCEPTION 'an account would go below its limit' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER balances AFTER INSERT ON embedded_core.posting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION embedded_core.check_postings();

CREATE FUNCTION embedded_core.check_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM embedded_core.posting WHERE institution = NEW.institution AND journal_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'a journal has no postings' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER has_postings AFTER INSERT ON embedded_core.journal DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION embedded_core.check_journal();

-- The chain ---------------------------------------------------------------------------------------------------
-- Each account's lines are chained: a line's hash covers the line before and the whole journal it belongs to, the
-- other side and the bank's accounts included. A chain per account, not one for all: the account is locked anyway.

CREATE FUNCTION embedded_core.journal_digest(
    institution text, id bigint, posted_at timestamptz, hold_id text, reverses bigint, postings jsonb
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(
        jsonb_build_array(institution, id, extract(epoch FROM posted_at), hold_id, reverses, postings)::text, 'UTF8'))
$$;

CREATE FUNCTION embedded_core.chain_step(so_far bytea, first bytea, digest bytea, entry integer)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT sha256(coalesce(so_far, first) || digest || int4send(entry)) $$;

CREATE AGGREGATE embedded_core.chain(first bytea, digest bytea, entry integer) (
    sfunc = embedded_core.chain_step, stype = bytea
);

-- Post journals -----------------------------------------------------------------------------------------------
-- journals: [{"day", "value_day"?, "at"?, "hold_id"?, "reverses"?,
--             "postings": [{"account" | "bank", "amount", "kind", "remarks"}, …]}, …], in the order of time.
-- Returns their numbers. An account's days never run backwards: a day before the account's last is booked on that.
CREATE FUNCTION embedded_core.post_journals(p_institution text, p_at timestamptz, p_journals jsonb)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    -- An array, so that accounts are always found by index, however many there are.
    accounts text[] := ARRAY(
        SELECT DISTINCT p ->> 'account' FROM jsonb_array_elements(p_journals) j, jsonb_array_elements(j -> 'postings') p
        WHERE p ->> 'account' IS NOT NULL);
    not_open bigint;
    numbers bigint[];
BEGIN
    SELECT count(*) FILTER (WHERE status <> 'open') INTO not_open FROM (
        SELECT status FROM embedded_core.account
        WHERE institution = p_institution AND id = ANY (accounts) ORDER BY id FOR NO KEY UPDATE
    ) locked;
    IF not_open > 0 THEN
        RAISE EXCEPTION 'an account is not open' USING ERRCODE = 'check_violation';
    END IF;

    WITH journal AS (
        SELECT nextval('embedded_core.journal_number') AS id, coalesce((j ->> 'at')::timestamptz, p_at) AS posted_at,
            (j ->> 'day')::date AS day, coalesce(j ->> 'value_day', j ->> 'day')::date AS value_day,
            j ->> 'hold_id' AS hold_id, (j ->> 'reverses')::bigint AS reverses, j -> 'postings' AS postings
        FROM jsonb_array_elements(p_journals) WITH ORDINALITY AS given (j, place) ORDER BY place
    ), added_journal AS (
        INSERT INTO embedded_core.journal (institution, id, posted_at, hold_id, reverses)
        SELECT p_institution, id, posted_at, hold_id, reverses FROM journal
    ), posting AS (
        SELECT journal.id AS journal_id, entry::integer, p ->> 'account' AS account_id, p ->> 'bank' AS bank_account,
            (p ->> 'amount')::bigint AS amount, p ->> 'kind' AS kind, p ->> 'remarks' AS remarks, day, value_day
        FROM journal, jsonb_array_elements(postings) WITH ORDINALITY AS given (p, entry)
    ), placed AS (
        SELECT posting.*, greatest(a.last_day, max(day) OVER lines) AS posted_day,
            CASE WHEN a.id IS NOT NULL THEN a.last_line + row_number() OVER lines END AS line,
            a.balance + sum(amount) OVER lines AS balance_after, a.last_hash
        FROM posting LEFT JOIN embedded_core.account a
            ON a.institution = p_institution AND a.id = ANY (accounts) AND a.id = posting.account_id
        WINDOW lines AS (PARTITION BY posting.account_id ORDER BY journal_id, entry)
    ), digest AS (
        SELECT journal.id, embedded_core.journal_digest(p_institution, journal.id, posted_at, hold_id, reverses,
            jsonb_agg(jsonb_build_array(entry, account_id, bank_account, amount, placed.posted_day, placed.value_day,
                kind, remarks) ORDER BY entry)) AS digest
        FROM journal JOIN placed ON placed.journal_id = journal.id
        GROUP BY journal.id, posted_at, hold_id, reverses
    ), chained AS (
        SELECT placed.*, CASE WHEN account_id IS NOT NULL THEN
            embedded_core.chain(last_hash, digest, entry) OVER (PARTITION BY account_id ORDER BY line) END AS hash
        FROM placed JOIN digest ON digest.id = journal_id
    ), added AS (
        INSERT INTO embedded_core.posting (institution, journal_id, entry, account_id, bank_account, amount,
            posted_day, value_day, kind, remarks, line, balance_after, hash)
        SELECT p_institution, journal_id, entry, account_id, bank_account, amount, posted_day, value_day, kind,
            remarks, line, balance_after, hash
        FROM chained ORDER BY journal_id, entry
    ), moved AS (
        UPDATE embedded_core.account a SET balance = newest.balance_after, last_line = newest.line,
            last_day = newest.posted_day, last_hash = newest.hash
        FROM (
            SELECT DISTINCT ON (account_id) account_id, balance_after, line, posted_day, hash
            FROM chained WHERE account_id IS NOT NULL ORDER BY account_id, line DESC
        ) newest
        WHERE a.institution = p_institution AND a.id = ANY (accounts) AND a.id = newest.account_id
    )
    SELECT array_agg(id ORDER BY id) INTO numbers FROM journal;
    RETURN numbers;
END $$;

-- Writes with an idempotency key --------------------------------------------------------------------------------

-- The first answer to this key, or NULL where the caller is the first: it then holds the key until it commits.
-- Without content: whatever the first answer was.
CREATE FUNCTION embedded_core.first_answer(p_institution text, p_key text, p_content bytea)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    found_answer jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(x'636f7265'::integer, hashtext(p_institution || ' ' || p_key));
    SELECT CASE WHEN coalesce(p_content, content) = content THEN answer
        ELSE embedded_core.refused('key_used_for_other_content') END
    INTO found_answer FROM embedded_core.request WHERE institution = p_institution AND key = p_key;
    RETURN found_answer;
END $$;

CREATE FUNCTION embedded_core.refused(code text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('answer', 'refused', 'code', code)
$$;

CREATE FUNCTION embedded_core.keep_answer(
    p_institution text, p_at timestamptz, p_key text, p_content bytea, p_answer jsonb
) RETURNS jsonb LANGUAGE sql AS $$
    INSERT INTO embedded_core.request (institution, key, content, answer, answered_at)
    VALUES (p_institution, p_key, p_content, p_answer, p_at) RETURNING answer
$$;

CREATE FUNCTION embedded_core.hold_transfer(
    p_institution text, p_at timestamptz, p_key text, p_content bytea, p_hold_id text, p_account text, p_amount bigint,
    p_fee bigint, p_payee_account text, p_other_bank jsonb, p_remarks text, p_payee_remarks text,
    p_expires_at timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb := embedded_core.first_answer(p_institution, p_key, p_content);
    payer embedded_core.account;
    payee embedded_core.account;
    refusal text;
BEGIN
    IF answer IS NOT NULL THEN
        RETURN answer;
    END IF;
    SELECT * INTO payer FROM embedded_core.account WHERE institution = p_institution AND id = p_account
        FOR NO KEY UPDATE;
    SELECT * INTO payee FROM embedded_core.account WHERE institution = p_institution AND id = p_payee_account;
    refusal := CASE
        WHEN p_amount NOT BETWEEN 1 AND 999999999999 OR p_fee NOT BETWEEN 0 AND 999999999999
            THEN 'amount_out_of_range'
        WHEN p_account = p_payee_account THEN 'same_account'
        WHEN payer.id IS NULL THEN 'no_such_account'
        WHEN payer.status = 'moved' THEN 'account_moved'
        WHEN payer.status = 'closed' THEN 'account_closed'
        WHEN payer.kind = 'time_deposit' THEN 'kind_not_permitted'
        WHEN p_other_bank IS NULL AND payee.id IS NULL THEN 'no_such_payee'
        WHEN payee.status = 'moved' THEN 'payee_moved'
        WHEN payee.status = 'closed' THEN 'payee_closed'
        WHEN payee.kind = 'time_deposit' THEN 'payee_kind_not_permitted'
        WHEN payer.balance + payer.overdraft_limit - payer.held < p_amount + p_fee THEN 'not_enough_funds'
    END;
    IF refusal IS NOT NULL THEN
        answer := embedded_core.refused(refusal);
    ELSE
        INSERT INTO embedded_core.hold (institution, id, account_id, amount, fee, payee_account_id, other_bank,
            remarks, payee_remarks, held_at, expires_at)
        VALUES (p_institution, p_hold_id, p_account, p_amount, p_fee, p_payee_account, p_other_bank, p_remarks,
            p_payee_remarks, p_at, p_expires_at);
        UPDATE embedded_core.account SET held = held + p_amount + p_fee
        WHERE institution = p_institution AND id = p_account;
        answer := jsonb_build_object('answer', 'held', 'hold_id', p_hold_id, 'held', p_amount + p_fee);
    END IF;
    RETURN embedded_core.keep_answer(p_institution, p_at, p_key, p_content, answer);
END $$;

-- Why a pending hold cannot end, or NULL. The caller holds the payer's lock.
CREATE FUNCTION embedded_core.hold_refusal(h embedded_core.hold) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF h.id IS NULL THEN
        RETURN 'no_such_hold';
    END IF;
    RETURN (SELECT 'already_' || outcome FROM embedded_core.hold_end
        WHERE institution = h.institution AND hold_id = h.id);
END $$;

CREATE FUNCTION embedded_core.settle_hold(
    p_institution text, p_at timestamptz, p_key text, p_content bytea, p_hold_id text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb := embedded_core.first_answer(p_institution, p_key, p_content);
    h embedded_core.hold;
    payee embedded_core.account;
    refusal text;
    number bigint;
    booked embedded_core.posting;
BEGIN
    IF answer IS NOT NULL THEN
        RETURN answer;
    END IF;
    SELECT * INTO h FROM embedded_core.hold WHERE institution = p_institution AND id = p_hold_id;
    PERFORM FROM embedded_core.account
        WHERE institution = p_institution AND id IN (h.account_id, h.payee_account_id) ORDER BY id FOR NO KEY UPDATE;
    SELECT * INTO payee FROM embedded_core.account WHERE institution = p_institution AND id = h.payee_account_id;
    refusal := coalesce(embedded_core.hold_refusal(h), CASE
        WHEN p_at >= h.expires_at THEN 'hold_expired'
        WHEN payee.status = 'moved' THEN 'payee_moved'
        WHEN payee.status = 'closed' THEN 'payee_closed'
    END);
    IF refusal IS NOT NULL THEN
        answer := embedded_core.refused(refusal);
    ELSE
        UPDATE embedded_core.account SET held = held - h.amount - h.fee
        WHERE institution = p_institution AND id = h.account_id;
        number := (embedded_core.post_journals(p_institution, p_at, jsonb_build_array(jsonb_build_object(
            'day', (p_at AT TIME ZONE INTERVAL '9 hours')::date, 'hold_id', h.id,
            'postings', embedded_core.hold_postings(h)))))[1];
        INSERT INTO embedded_core.hold_end (institution, hold_id, outcome, journal_id, ended_at)
        VALUES (p_institution, p_hold_id, 'settled', number, p_at);
        SELECT * INTO booked FROM embedded_core.posting
        WHERE institution = p_institution AND journal_id = number AND entry = 1;
        answer := jsonb_build_object('answer', 'settled', 'hold_id', h.id, 'posted_on', booked.posted_day,
            'transaction_id', encode(substr(booked.hash, 1, 16), 'hex'),
            'acceptance_number', to_char(number, 'FM0000000000'));
    END IF;
    RETURN embedded_core.keep_answer(p_institution, p_at, p_key, p_content, answer);
END $$;

CREATE FUNCTION embedded_core.hold_postings(h embedded_core.hold) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(
        jsonb_build_object('account', h.account_id, 'amount', -h.amount, 'kind', 'transfer', 'remarks', h.remarks),
        jsonb_build_object('account', h.payee_account_id,
            'bank', CASE WHEN h.payee_account_id IS NULL THEN 'interbank' END,
            'amount', h.amount, 'kind', 'transfer', 'remarks', h.payee_remarks)
    ) || CASE WHEN h.fee = 0 THEN '[]' ELSE jsonb_build_array(
        jsonb_build_object('account', h.account_id, 'amount', -h.fee, 'kind', 'fee', 'remarks', 'ﾌﾘｺﾐﾃｽｳﾘﾖｳ'),
        jsonb_build_object('bank', 'fees', 'amount', h.fee, 'kind', 'fee', 'remarks', 'ﾌﾘｺﾐﾃｽｳﾘﾖｳ')) END
$$;

CREATE FUNCTION embedded_core.release_hold(
    p_institution text, p_at timestamptz, p_key text, p_content bytea, p_hold_id text, p_reason text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb := embedded_core.first_answer(p_institution, p_key, p_content);
    h embedded_core.hold;
    refusal text;
BEGIN
    IF answer IS NOT NULL THEN
        RETURN answer;
    END IF;
    SELECT * INTO h FROM embedded_core.hold WHERE institution = p_institution AND id = p_hold_id;
    PERFORM FROM embedded_core.account WHERE institution = p_institution AND id = h.account_id FOR NO KEY UPDATE;
    refusal := coalesce(embedded_core.hold_refusal(h),
        CASE WHEN p_reason = 'expired' AND p_at < h.expires_at THEN 'hold_not_expired' END);
    IF refusal IS NOT NULL THEN
        answer := embedded_core.refused(refusal);
    ELSE
        UPDATE embedded_core.account SET held = held - h.amount - h.fee
        WHERE institution = p_institution AND id = h.account_id;
        INSERT INTO embedded_core.hold_end (institution, hold_id, outcome, ended_at)
        VALUES (p_institution, p_hold_id, p_reason, p_at);
        answer := jsonb_build_object('answer', 'released', 'hold_id', h.id, 'reason', p_reason);
    END IF;
    RETURN embedded_core.keep_answer(p_institution, p_at, p_key, p_content, answer);
END $$;

CREATE FUNCTION embedded_core.request_address_change(
    p_institution text, p_at timestamptz, p_key text, p_content bytea, p_reference text, p_holder_id text,
    p_postal_code text, p_address text, p_phone text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb := embedded_core.first_answer(p_institution, p_key, p_content);
BEGIN
    IF answer IS NOT NULL THEN
        RETURN answer;
    END IF;
    IF NOT EXISTS (SELECT FROM embedded_core.holder WHERE institution = p_institution AND id = p_holder_id) THEN
        answer := embedded_core.refused('no_such_holder');
    ELSE
        INSERT INTO embedded_core.address_change
            (institution, reference, holder_id, postal_code, address, phone, requested_at)
        VALUES (p_institution, p_reference, p_holder_id, p_postal_code, p_address, p_phone, p_at);
        answer := jsonb_build_object('answer', 'address_change_accepted', 'reference', p_reference);
    END IF;
    RETURN embedded_core.keep_answer(p_institution, p_at, p_key, p_content, answer);
END $$;

-- Events are numbered without gaps in the order they commit, so that a reader's cursor misses none.
CREATE FUNCTION embedded_core.add_event(
    p_institution text, p_kind text, p_account_id text, p_moved_to text, p_happened_at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    added bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(x'65766e74'::integer, hashtext(p_institution));
    INSERT INTO embedded_core.event (institution, number, kind, account_id, moved_to, happened_at)
    SELECT p_institution, coalesce(max(number), 0) + 1, p_kind, p_account_id, p_moved_to, p_happened_at
    FROM embedded_core.event WHERE institution = p_institution
    RETURNING number INTO added;
    RETURN added;
END $$;

-- Audit: every place where the books of an institution break a rule; no row where they are in order. ------------
CREATE FUNCTION embedded_core.broken_books(p_institution text)
RETURNS TABLE (rule text, place text) LANGUAGE sql STABLE AS $$
    WITH journal AS MATERIALIZED (
        SELECT j.id, j.hold_id, coalesce(sum(p.amount), 0) AS total, count(p.entry) AS postings,
            embedded_core.journal_digest(j.institution, j.id, j.posted_at, j.hold_id, j.reverses,
                jsonb_agg(jsonb_build_array(p.entry, p.account_id, p.bank_account, p.amount, p.posted_day, p.value_day,
                    p.kind, p.remarks) ORDER BY p.entry)) AS digest
        FROM embedded_core.journal j LEFT JOIN embedded_core.posting p
            ON p.institution = j.institution AND p.journal_id = j.id
        WHERE j.institution = p_institution
        GROUP BY j.institution, j.id
    ), line AS MATERIALIZED (
        SELECT p.account_id, p.line, p.balance_after, p.posted_day, p.hash,
            row_number() OVER lines AS rebuilt_line, sum(p.amount) OVER lines AS rebuilt_balance,
            lag(p.posted_day) OVER lines AS day_before, embedded_core.chain('', j.digest, p.entry) OVER lines AS rebuilt_hash
        FROM embedded_core.posting p JOIN journal j ON j.id = p.journal_id
        WHERE p.institution = p_institution AND p.account_id IS NOT NULL
        WINDOW lines AS (PARTITION BY p.account_id ORDER BY p.line)
    ), account AS (
        SELECT a.*, l.line AS newest_line, l.rebuilt_balance, l.rebuilt_hash, l.posted_day AS newest_day,
            (SELECT coalesce(sum(h.amount + h.fee), 0) FROM embedded_core.hold h
             WHERE h.institution = p_institution AND h.account_id = a.id AND NOT EXISTS (
                SELECT FROM embedded_core.hold_end e WHERE e.institution = p_institution AND e.hold_id = h.id)
            ) AS rebuilt_held
        FROM embedded_core.account a LEFT JOIN (
            SELECT DISTINCT ON (account_id) * FROM line ORDER BY account_id, line DESC) l ON l.account_id = a.id
        WHERE a.institution = p_institution
    )
    SELECT 'a journal balances', 'journal ' || id FROM journal WHERE total <> 0 OR postings < 2
    UNION ALL
    SELECT 'lines are numbered without a gap', account_id || ' line ' || line FROM line WHERE line <> rebuilt_line
    UNION ALL
    SELECT 'a line says the balance after it', account_id || ' line ' || line FROM line
        WHERE balance_after <> rebuilt_balance
    UNION ALL
    SELECT 'days do not run backwards', account_id || ' line ' || line FROM line WHERE posted_day < day_before
    UNION ALL
    SELECT 'the chain is whole', account_id || ' line ' || line FROM line WHERE hash <> rebuilt_hash
    UNION ALL
    SELECT 'the balance is the sum of the postings', id FROM account WHERE balance <> coalesce(rebuilt_balance, 0)
    UNION ALL
    SELECT 'the account ends where its chain ends', id FROM account
        WHERE last_line <> coalesce(newest_line, 0) OR last_hash <> coalesce(rebuilt_hash, '')
    UNION ALL
    SELECT 'what is held is the sum of the pending holds', id FROM account WHERE held <> rebuilt_held
    UNION ALL
    SELECT 'a settled hold moved its amount and fee', 'hold ' || h.id
    FROM embedded_core.hold h JOIN embedded_core.hold_end e ON e.institution = h.institution AND e.hold_id = h.id
    WHERE h.institution = p_institution AND e.outcome = 'settled' AND h.amount + h.fee IS DISTINCT FROM (
        SELECT -sum(p.amount) FROM embedded_core.posting p JOIN journal j ON j.id = p.journal_id
        WHERE p.institution = p_institution AND p.journal_id = e.journal_id AND p.account_id = h.account_id
            AND j.hold_id = h.id)
    UNION ALL
    SELECT 'a journal of a hold is what ended it', 'journal ' || j.id
    FROM journal j LEFT JOIN embedded_core.hold_end e ON e.institution = p_institution AND e.hold_id = j.hold_id
    WHERE j.hold_id IS NOT NULL AND e.journal_id IS DISTINCT FROM j.id
$$;
