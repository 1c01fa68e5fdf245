-- The embedded core pays other banks and billers (CORE-01, CORE-02, RET-17).
--
-- A transfer to another bank leaves in three steps: a row says that it is being sent (committed), the network is asked
-- (outside any transaction), and one transaction books what it said. Whoever comes after a crash between two steps
-- finds the row and asks the network by the order's id, which is the hold's. Locks as in 0050: key, then accounts.

ALTER TABLE embedded_core.hold ADD COLUMN bill jsonb;
ALTER TABLE embedded_core.hold DROP CONSTRAINT hold_check;
ALTER TABLE embedded_core.hold ADD CONSTRAINT hold_one_payee CHECK (num_nonnulls(payee_account_id, other_bank, bill) = 1);

ALTER TABLE embedded_core.posting DROP CONSTRAINT posting_bank_account_check;
ALTER TABLE embedded_core.posting ADD CONSTRAINT posting_bank_account_check CHECK (bank_account IN (
    'cash', 'interbank', 'bills', 'fees', 'interest', 'tax', 'card', 'direct_debits', 'suspense'));

ALTER TABLE embedded_core.hold_end DROP CONSTRAINT hold_end_outcome_check;
ALTER TABLE embedded_core.hold_end ADD CONSTRAINT hold_end_outcome_check
    CHECK (outcome IN ('settled', 'voided', 'expired', 'refused'));

ALTER TABLE embedded_core.event ADD COLUMN hold_id text;
ALTER TABLE embedded_core.event ADD COLUMN amount bigint;
ALTER TABLE embedded_core.event DROP CONSTRAINT event_kind_check;
ALTER TABLE embedded_core.event ADD CONSTRAINT event_kind_check
    CHECK (kind IN ('account_moved', 'account_closed', 'card_lost', 'transfer_returned'));
ALTER TABLE embedded_core.event ADD CONSTRAINT event_of_a_return
    CHECK (num_nonnulls(hold_id, amount) = CASE WHEN kind = 'transfer_returned' THEN 2 ELSE 0 END);
ALTER TABLE embedded_core.event ADD FOREIGN KEY (institution, hold_id)
    REFERENCES embedded_core.hold (institution, id);

-- What went to the network. While a row is "sending", nobody but the network can end its hold.
CREATE TABLE embedded_core.outgoing (
    institution text NOT NULL,
    hold_id text NOT NULL,
    key text NOT NULL,
    content bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('sending', 'accepted', 'refused')),
    sent_at timestamptz NOT NULL,
    answered_at timestamptz CHECK ((state = 'sending') = (answered_at IS NULL)),
    reason text CHECK ((state = 'refused') = (reason IS NOT NULL)),
    PRIMARY KEY (institution, hold_id),
    UNIQUE (institution, key),
    FOREIGN KEY (institution, hold_id) REFERENCES embedded_core.hold (institution, id)
);
CREATE INDEX outgoing_unanswered ON embedded_core.outgoing (institution, sent_at) WHERE state = 'sending';

-- What was settled before there was a network counts as accepted.
INSERT INTO embedded_core.outgoing (institution, hold_id, key, content, state, sent_at, answered_at)
SELECT h.institution, h.id, r.key, r.content, 'accepted', r.answered_at, r.answered_at
FROM embedded_core.hold h
JOIN embedded_core.request r ON r.institution = h.institution
    AND r.answer ->> 'answer' = 'settled' AND r.answer ->> 'hold_id' = h.id
WHERE h.other_bank IS NOT NULL;

-- What came back. Where the payer's account has been closed meanwhile, the money passes through it into "suspense",
-- and `note` says so: the branch finds its owner.
CREATE TABLE embedded_core.returned (
    institution text NOT NULL,
    hold_id text NOT NULL,
    journal_id bigint NOT NULL,
    reason text NOT NULL,
    note text NOT NULL DEFAULT '',
    returned_at timestamptz NOT NULL,
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (institution, hold_id),
    UNIQUE (institution, journal_id),
    FOREIGN KEY (institution, hold_id) REFERENCES embedded_core.outgoing (institution, hold_id),
    FOREIGN KEY (institution, journal_id) REFERENCES embedded_core.journal (institution, id)
);

-- Returns of orders that this core never sent, or that the network had refused: for people to look into.
CREATE TABLE embedded_core.return_unmatched (
    institution text NOT NULL,
    order_id text NOT NULL,
    reason text NOT NULL,
    returned_at timestamptz NOT NULL,
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (institution, order_id)
);

CREATE TABLE embedded_core.return_cursor (
    institution text NOT NULL,
    cursor text,
    PRIMARY KEY (institution)
);

DO $$
DECLARE place text;
BEGIN
    FOREACH place IN ARRAY ARRAY['returned', 'return_unmatched'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON embedded_core.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION embedded_core.refuse_change()', place);
    END LOOP;
END $$;

-- An order is answered once; nothing else of it changes.
CREATE FUNCTION embedded_core.check_outgoing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'sending' OR NEW.state = 'sending'
        OR (OLD.institution, OLD.hold_id, OLD.key, OLD.content, OLD.sent_at)
            IS DISTINCT FROM (NEW.institution, NEW.hold_id, NEW.key, NEW.content, NEW.sent_at) THEN
        RAISE EXCEPTION 'an order is answered once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answered_once BEFORE UPDATE ON embedded_core.outgoing
    FOR EACH ROW EXECUTE FUNCTION embedded_core.check_outgoing();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON embedded_core.outgoing
    FOR EACH STATEMENT EXECUTE FUNCTION embedded_core.refuse_change();

-- Post journals -----------------------------------------------------------------------------------------------

CREATE FUNCTION embedded_core.only_passes_through(p_journals jsonb, p_account text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM jsonb_array_elements(p_journals) WITH ORDINALITY AS given (j, place),
            jsonb_array_elements(j -> 'postings') p
        WHERE p ->> 'account' = p_account GROUP BY place HAVING sum((p ->> 'amount')::bigint) <> 0)
$$;

-- As in 0050, but that money may pass through an account that has ended: each journal leaves nothing on it.
CREATE OR REPLACE FUNCTION embedded_core.post_journals(p_institution text, p_at timestamptz, p_journals jsonb)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    -- An array, so that accounts are always found by index, however many there are.
    accounts text[] := ARRAY(
        SELECT DISTINCT p ->> 'account' FROM jsonb_array_elements(p_journals) j, jsonb_array_elements(j -> 'postings') p
        WHERE p ->> 'account' IS NOT NULL);
    not_open bigint;
    numbers bigint[];
BEGIN
    SELECT count(*) FILTER (WHERE CASE WHEN status <> 'open'
        THEN NOT embedded_core.only_passes_through(p_journals, id) END) INTO not_open
    FROM (
        SELECT id, status FROM embedded_core.account
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

-- "out": the first write with this key has sent its transfer to the network, and has no answer yet.
CREATE FUNCTION embedded_core.sent_out(h embedded_core.hold, p_again boolean) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('answer', 'out', 'again', p_again, 'order', jsonb_build_object(
        'institution', h.institution, 'id', h.id, 'payee', h.other_bank, 'amount', h.amount,
        'payer_name', h.payee_remarks))
$$;

CREATE OR REPLACE FUNCTION embedded_core.first_answer(p_institution text, p_key text, p_content bytea)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    found_answer jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(x'636f7265'::integer, hashtext(p_institution || ' ' || p_key));
    SELECT CASE WHEN coalesce(p_content, content) = content THEN answer
        ELSE embedded_core.refused('key_used_for_other_content') END
    INTO found_answer FROM (
        SELECT content, answer FROM embedded_core.request WHERE institution = p_institution AND key = p_key
        UNION ALL
        SELECT o.content, embedded_core.sent_out(h, true)
        FROM embedded_core.outgoing o
        JOIN embedded_core.hold h ON h.institution = o.institution AND h.id = o.hold_id
        WHERE o.institution = p_institution AND o.key = p_key AND o.state = 'sending'
    ) used;
    RETURN found_answer;
END $$;

-- Keep a refusal that the ledger's own state has no part in.
CREATE FUNCTION embedded_core.refuse(
    p_institution text, p_at timestamptz, p_key text, p_content bytea, p_code text
) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN coalesce(embedded_core.first_answer(p_institution, p_key, p_content), embedded_core.keep_answer(
        p_institution, p_at, p_key, p_content, embedded_core.refused(p_code)));
END $$;

DROP FUNCTION embedded_core.hold_transfer(
    text, timestamptz, text, bytea, text, text, bigint, bigint, text, jsonb, text, text, timestamptz);
CREATE FUNCTION embedded_core.hold_transfer(
    p_institution text, p_at timestamptz, p_key text, p_content bytea, p_hold_id text, p_account text, p_amount bigint,
    p_fee bigint, p_payee_account text, p_other_bank jsonb, p_bill jsonb, p_remarks text, p_payee_remarks text,
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
        WHEN num_nonnulls(p_other_bank, p_bill) = 0 AND payee.id IS NULL THEN 'no_such_payee'
        WHEN payee.status = 'moved' THEN 'payee_moved'
        WHEN payee.status = 'closed' THEN 'payee_closed'
        WHEN payee.kind = 'time_deposit' THEN 'payee_kind_not_permitted'
        WHEN payer.balance + payer.overdraft_limit - payer.held < p_amount + p_fee THEN 'not_enough_funds'
    END;
    IF refusal IS NOT NULL THEN
        answer := embedded_core.refused(refusal);
    ELSE
        INSERT INTO embedded_core.hold (institution, id, account_id, amount, fee, payee_account_id, other_bank,
            bill, remarks, payee_remarks, held_at, expires_at)
        VALUES (p_institution, p_hold_id, p_account, p_amount, p_fee, p_payee_account, p_other_bank, p_bill,
            p_remarks, p_payee_remarks, p_at, p_expires_at);
        UPDATE embedded_core.account SET held = held + p_amount + p_fee
        WHERE institution = p_institution AND id = p_account;
        answer := jsonb_build_object('answer', 'held', 'hold_id', p_hold_id, 'held', p_amount + p_fee);
    END IF;
    RETURN embedded_core.keep_answer(p_institution, p_at, p_key, p_content, answer);
END $$;

-- Why a pending hold cannot end, or NULL. The caller holds the payer's lock.
CREATE OR REPLACE FUNCTION embedded_core.hold_refusal(h embedded_core.hold) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF h.id IS NULL THEN
        RETURN 'no_such_hold';
    END IF;
    RETURN coalesce(
        (SELECT 'already_' || outcome FROM embedded_core.hold_end WHERE institution = h.institution AND hold_id = h.id),
        (SELECT 'settle_in_flight' FROM embedded_core.outgoing
            WHERE institution = h.institution AND hold_id = h.id AND state = 'sending'));
END $$;

CREATE OR REPLACE FUNCTION embedded_core.settle_hold(
    p_institution text, p_at timestamptz, p_key text, p_content bytea, p_hold_id text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb := embedded_core.first_answer(p_institution, p_key, p_content);
    h embedded_core.hold;
    payee embedded_core.account;
    refusal text;
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
    ELSIF h.other_bank IS NOT NULL THEN
        INSERT INTO embedded_core.outgoing (institution, hold_id, key, content, state, sent_at)
        VALUES (p_institution, p_hold_id, p_key, p_content, 'sending', p_at);
        RETURN embedded_core.sent_out(h, false);
    ELSE
        answer := embedded_core.book_hold(h, p_at);
    END IF;
    RETURN embedded_core.keep_answer(p_institution, p_at, p_key, p_content, answer);
END $$;

-- Book a pending hold's journal. The caller holds the lock of every account in it.
CREATE FUNCTION embedded_core.book_hold(h embedded_core.hold, p_at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
    booked embedded_core.posting;
BEGIN
    UPDATE embedded_core.account SET held = held - h.amount - h.fee
    WHERE institution = h.institution AND id = h.account_id;
    number := (embedded_core.post_journals(h.institution, p_at, jsonb_build_array(jsonb_build_object(
        'day', (p_at AT TIME ZONE INTERVAL '9 hours')::date, 'hold_id', h.id,
        'postings', embedded_core.hold_postings(h)))))[1];
    INSERT INTO embedded_core.hold_end (institution, hold_id, outcome, journal_id, ended_at)
    VALUES (h.institution, h.id, 'settled', number, p_at);
    SELECT * INTO booked FROM embedded_core.posting
    WHERE institution = h.institution AND journal_id = number AND entry = 1;
    RETURN jsonb_build_object('answer', 'settled', 'hold_id', h.id, 'posted_on', booked.posted_day,
        'transaction_id', encode(substr(booked.hash, 1, 16), 'hex'),
        'acceptance_number', to_char(number, 'FM0000000000'));
END $$;

CREATE OR REPLACE FUNCTION embedded_core.hold_postings(h embedded_core.hold) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(
        jsonb_build_object('account', h.account_id, 'amount', -h.amount, 'kind', 'transfer', 'remarks', h.remarks),
        jsonb_build_object('account', h.payee_account_id,
            'bank', CASE WHEN h.other_bank IS NOT NULL THEN 'interbank' WHEN h.bill IS NOT NULL THEN 'bills' END,
            'amount', h.amount, 'kind', 'transfer', 'remarks', h.payee_remarks)
    ) || CASE WHEN h.fee = 0 THEN '[]' ELSE jsonb_build_array(
        jsonb_build_object('account', h.account_id, 'amount', -h.fee, 'kind', 'fee',
            'remarks', CASE WHEN h.bill IS NULL THEN 'ﾌﾘｺﾐﾃｽｳﾘﾖｳ' ELSE 'ﾃｽｳﾘﾖｳ' END),
        jsonb_build_object('bank', 'fees', 'amount', h.fee, 'kind', 'fee',
            'remarks', CASE WHEN h.bill IS NULL THEN 'ﾌﾘｺﾐﾃｽｳﾘﾖｳ' ELSE 'ﾃｽｳﾘﾖｳ' END)) END
$$;

-- What the network said -------------------------------------------------------------------------------------------

-- Book the network's answer (p_refusal NULL: accepted) to an order; whoever comes second gets the kept answer.
CREATE FUNCTION embedded_core.finish_outgoing(
    p_institution text, p_at timestamptz, p_hold_id text, p_refusal text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    sent embedded_core.outgoing;
    h embedded_core.hold;
    answer jsonb;
BEGIN
    SELECT * INTO STRICT sent FROM embedded_core.outgoing WHERE institution = p_institution AND hold_id = p_hold_id;
    answer := embedded_core.first_answer(p_institution, sent.key, sent.content);
    IF answer ->> 'answer' <> 'out' THEN
        RETURN answer;
    END IF;
    SELECT * INTO h FROM embedded_core.hold WHERE institution = p_institution AND id = p_hold_id;
    PERFORM FROM embedded_core.account WHERE institution = p_institution AND id = h.account_id FOR NO KEY UPDATE;
    UPDATE embedded_core.outgoing SET answered_at = p_at, reason = p_refusal,
        state = CASE WHEN p_refusal IS NULL THEN 'accepted' ELSE 'refused' END
    WHERE institution = p_institution AND hold_id = p_hold_id;
    IF p_refusal IS NULL THEN
        answer := embedded_core.book_hold(h, p_at);
    ELSE
        UPDATE embedded_core.account SET held = held - h.amount - h.fee
        WHERE institution = p_institution AND id = h.account_id;
        INSERT INTO embedded_core.hold_end (institution, hold_id, outcome, ended_at)
        VALUES (p_institution, p_hold_id, 'refused', p_at);
        answer := embedded_core.refused('payee_refused');
    END IF;
    RETURN embedded_core.keep_answer(p_institution, p_at, sent.key, sent.content, answer);
END $$;

DROP FUNCTION embedded_core.add_event(text, text, text, text, timestamptz);
-- Events are numbered without gaps in the order they commit, so that a reader's cursor misses none.
CREATE FUNCTION embedded_core.add_event(
    p_institution text, p_kind text, p_account_id text, p_moved_to text, p_happened_at timestamptz,
    p_hold_id text DEFAULT NULL, p_amount bigint DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    added bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(x'65766e74'::integer, hashtext(p_institution));
    INSERT INTO embedded_core.event (institution, number, kind, account_id, moved_to, happened_at, hold_id, amount)
    SELECT p_institution, coalesce(max(number), 0) + 1, p_kind, p_account_id, p_moved_to, p_happened_at, p_hold_id,
        p_amount
    FROM embedded_core.event WHERE institution = p_institution
    RETURNING number INTO added;
    RETURN added;
END $$;

-- Take the next return after the cursor p_since. Says what became of it: "credited", "suspense", "unmatched", "again"
-- (the network told it before), or "overtaken": the cursor is elsewhere, since somebody else took it.
CREATE FUNCTION embedded_core.take_return(
    p_institution text, p_at timestamptz, p_since text, p_cursor text, p_hold_id text, p_reason text,
    p_returned_at timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    place embedded_core.return_cursor;
    h embedded_core.hold;
    credited embedded_core.account;
    number bigint;
BEGIN
    INSERT INTO embedded_core.return_cursor (institution) VALUES (p_institution) ON CONFLICT DO NOTHING;
    SELECT * INTO place FROM embedded_core.return_cursor WHERE institution = p_institution FOR UPDATE;
    IF place.cursor IS DISTINCT FROM p_since THEN
        RETURN 'overtaken';
    END IF;
    UPDATE embedded_core.return_cursor SET cursor = p_cursor WHERE institution = p_institution;
    SELECT hold.* INTO h FROM embedded_core.hold
    JOIN embedded_core.outgoing o ON o.institution = hold.institution AND o.hold_id = hold.id
    WHERE hold.institution = p_institution AND hold.id = p_hold_id;
    -- What came back had been accepted, also where that answer never arrived.
    IF h.id IS NULL OR embedded_core.finish_outgoing(p_institution, p_at, h.id, NULL) ->> 'answer' <> 'settled' THEN
        INSERT INTO embedded_core.return_unmatched (institution, order_id, reason, returned_at, taken_at)
        VALUES (p_institution, p_hold_id, p_reason, p_returned_at, p_at) ON CONFLICT DO NOTHING;
        RETURN 'unmatched';
    END IF;
    IF EXISTS (SELECT FROM embedded_core.returned WHERE institution = p_institution AND hold_id = h.id) THEN
        RETURN 'again';
    END IF;
    credited := embedded_core.where_it_went(p_institution, h.account_id);
    number := (embedded_core.post_journals(p_institution, p_at, jsonb_build_array(jsonb_build_object(
        'day', (p_at AT TIME ZONE INTERVAL '9 hours')::date,
        'postings', embedded_core.return_postings(h, credited)))))[1];
    INSERT INTO embedded_core.returned (institution, hold_id, journal_id, reason, note, returned_at, taken_at)
    VALUES (p_institution, h.id, number, p_reason, CASE WHEN credited.status = 'closed'
        THEN 'payer''s account ' || credited.id || ' is closed: in suspense' ELSE '' END, p_returned_at, p_at);
    PERFORM embedded_core.add_event(p_institution, 'transfer_returned', credited.id, NULL, p_at, h.id, h.amount);
    RETURN CASE WHEN credited.status = 'closed' THEN 'suspense' ELSE 'credited' END;
END $$;

-- The account itself, or the last one it has moved to; locked.
CREATE FUNCTION embedded_core.where_it_went(p_institution text, p_account text)
RETURNS embedded_core.account LANGUAGE plpgsql AS $$
DECLARE
    found_account embedded_core.account;
BEGIN
    LOOP
        SELECT * INTO found_account FROM embedded_core.account
        WHERE institution = p_institution AND id = p_account FOR NO KEY UPDATE;
        EXIT WHEN found_account.moved_to IS NULL;
        p_account := found_account.moved_to;
    END LOOP;
    RETURN found_account;
END $$;

CREATE FUNCTION embedded_core.return_postings(h embedded_core.hold, credited embedded_core.account)
RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(
        jsonb_build_object('account', credited.id, 'amount', h.amount, 'kind', 'transfer', 'remarks', 'ﾌﾘｺﾐ ﾍﾝｷﾔｸ'),
        jsonb_build_object('bank', 'interbank', 'amount', -h.amount, 'kind', 'transfer', 'remarks', 'ﾌﾘｺﾐ ﾍﾝｷﾔｸ')
    ) || CASE WHEN credited.status = 'open' THEN '[]' ELSE jsonb_build_array(
        jsonb_build_object('account', credited.id, 'amount', -h.amount, 'kind', 'other', 'remarks', 'ｶﾘｳｹｷﾝ'),
        jsonb_build_object('bank', 'suspense', 'amount', h.amount, 'kind', 'other', 'remarks', 'ｶﾘｳｹｷﾝ')) END
$$;

-- Audit ---------------------------------------------------------------------------------------------------------
ALTER FUNCTION embedded_core.broken_books(text) RENAME TO broken_ledger;

CREATE FUNCTION embedded_core.on_bank_account(p_institution text, p_journal bigint, p_bank_account text)
RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT sum(amount) FROM embedded_core.posting
    WHERE institution = p_institution AND journal_id = p_journal AND bank_account = p_bank_account
$$;

CREATE FUNCTION embedded_core.broken_books(p_institution text)
RETURNS TABLE (rule text, place text) LANGUAGE sql STABLE AS $$
    SELECT * FROM embedded_core.broken_ledger(p_institution)
    UNION ALL
    SELECT 'a hold at another bank ends as its order did', 'hold ' || h.id
    FROM embedded_core.hold h
    LEFT JOIN embedded_core.hold_end e ON e.institution = h.institution AND e.hold_id = h.id
    LEFT JOIN embedded_core.outgoing o ON o.institution = h.institution AND o.hold_id = h.id
    WHERE h.institution = p_institution AND CASE
        WHEN o.hold_id IS NULL THEN e.outcome = 'refused' OR (e.outcome = 'settled' AND h.other_bank IS NOT NULL)
        ELSE h.other_bank IS NULL OR e.outcome IS DISTINCT FROM CASE o.state
            WHEN 'accepted' THEN 'settled' WHEN 'refused' THEN 'refused' END
        END
    UNION ALL
    SELECT 'a bill that was paid is due to its biller', 'hold ' || h.id
    FROM embedded_core.hold h
    JOIN embedded_core.hold_end e ON e.institution = h.institution AND e.hold_id = h.id AND e.outcome = 'settled'
    WHERE h.institution = p_institution AND h.bill IS NOT NULL
        AND h.amount IS DISTINCT FROM embedded_core.on_bank_account(p_institution, e.journal_id, 'bills')
    UNION ALL
    SELECT 'a return gives back what was sent', 'hold ' || r.hold_id
    FROM embedded_core.returned r
    LEFT JOIN embedded_core.hold h ON h.institution = r.institution AND h.id = r.hold_id
    LEFT JOIN embedded_core.hold_end e ON e.institution = r.institution AND e.hold_id = r.hold_id
    WHERE r.institution = p_institution AND (e.outcome IS DISTINCT FROM 'settled'
        OR -h.amount IS DISTINCT FROM embedded_core.on_bank_account(p_institution, r.journal_id, 'interbank'))
    UNION ALL
    SELECT 'money that comes back is a return', 'journal ' || p.journal_id
    FROM embedded_core.posting p
    WHERE p.institution = p_institution AND p.bank_account = 'interbank' AND p.remarks = 'ﾌﾘｺﾐ ﾍﾝｷﾔｸ'
        AND NOT EXISTS (SELECT FROM embedded_core.returned r
            WHERE r.institution = p_institution AND r.journal_id = p.journal_id)
$$;
