-- Many transfers within the institution at once: held and settled, each with the answers that hold_transfer and
-- settle_hold would have kept, one after the other, in the order given. Locks: idempotency keys in the order of
-- their hashes, then accounts by id, as everywhere.

-- Why a transfer's money cannot be set aside, or NULL. The caller holds the payer's lock.
CREATE FUNCTION embedded_core.no_hold_because(
    payer embedded_core.account, payee embedded_core.account, p_account text, p_payee_account text, p_within boolean,
    p_amount bigint, p_fee bigint
) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE
        WHEN p_amount NOT BETWEEN 1 AND 999999999999 OR p_fee NOT BETWEEN 0 AND 999999999999
            THEN 'amount_out_of_range'
        WHEN p_account = p_payee_account THEN 'same_account'
        WHEN payer.id IS NULL THEN 'no_such_account'
        WHEN payer.status = 'moved' THEN 'account_moved'
        WHEN payer.status = 'closed' THEN 'account_closed'
        WHEN payer.kind = 'time_deposit' THEN 'kind_not_permitted'
        WHEN p_within AND payee.id IS NULL THEN 'no_such_payee'
        WHEN payee.status = 'moved' THEN 'payee_moved'
        WHEN payee.status = 'closed' THEN 'payee_closed'
        WHEN payee.kind = 'time_deposit' THEN 'payee_kind_not_permitted'
        WHEN payer.balance + payer.overdraft_limit - payer.held < p_amount + p_fee THEN 'not_enough_funds'
    END;
END $$;

CREATE OR REPLACE FUNCTION embedded_core.hold_transfer(
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
    refusal := embedded_core.no_hold_because(
        payer, payee, p_account, p_payee_account, num_nonnulls(p_other_bank, p_bill) = 0, p_amount, p_fee);
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

-- Every transfer's answer in the order given: that of its settlement, or the refusal of its hold. NULL is no answer:
-- nothing was done, and it is to be held and settled by itself (its keys stand for something unfinished, or its time
-- has run out). No key may be in one call twice. Nobody sees what happens between a hold and its settlement here, so
-- that what is held of an account never changes.
CREATE FUNCTION embedded_core.transfer_many(
    p_institution text, p_at timestamptz, p_hold_keys text[], p_hold_contents bytea[], p_settle_keys text[],
    p_settle_contents bytea[], p_hold_ids text[], p_accounts text[], p_amounts bigint[], p_fees bigint[],
    p_payees text[], p_remarks text[], p_payee_remarks text[], p_expires_at timestamptz[]
) RETURNS jsonb[] LANGUAGE plpgsql AS $$
DECLARE
    answers jsonb[] := array_fill(NULL::jsonb, ARRAY[cardinality(p_hold_keys)]);
    used text[];
    ids text[];
    accounts embedded_core.account[];
    payer embedded_core.account;
    payee embedded_core.account;
    payer_at integer;
    payee_at integer;
    refusal text;
    refused integer[] := '{}';
    moved integer[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(x'636f7265'::integer, place) FROM (
        SELECT DISTINCT hashtext(p_institution || ' ' || key) AS place FROM unnest(p_hold_keys || p_settle_keys) AS key
        ORDER BY place) AS places;
    used := ARRAY(
        SELECT key FROM embedded_core.request
        WHERE institution = p_institution AND key = ANY (p_hold_keys || p_settle_keys)
        UNION ALL
        SELECT key FROM embedded_core.outgoing
        WHERE institution = p_institution AND key = ANY (p_hold_keys || p_settle_keys) AND state = 'sending');
    SELECT array_agg(a.id ORDER BY a.id), array_agg(a ORDER BY a.id) INTO ids, accounts FROM (
        SELECT * FROM embedded_core.account
        WHERE institution = p_institution AND id = ANY (p_accounts || p_payees) ORDER BY id FOR NO KEY UPDATE
    ) AS a;

    FOR n IN 1 .. cardinality(p_hold_keys) LOOP
        IF p_hold_keys[n] = ANY (used) OR p_settle_keys[n] = ANY (used) THEN
            answers[n] := embedded_core.kept_of(
                p_institution, p_hold_keys[n], p_hold_contents[n], p_settle_keys[n]);
            CONTINUE;
        END IF;
        CONTINUE WHEN p_at >= p_expires_at[n];
        payer_at := array_position(ids, p_accounts[n]);
        payee_at := array_position(ids, p_payees[n]);
        payer := accounts[payer_at];
        payee := accounts[payee_at];
        refusal := embedded_core.no_hold_because(
            payer, payee, p_accounts[n], p_payees[n], true, p_amounts[n], p_fees[n]);
        IF refusal IS NOT NULL THEN
            answers[n] := embedded_core.refused(refusal);
            refused := refused || n;
        ELSE
            payer.balance := payer.balance - p_amounts[n] - p_fees[n];
            payee.balance := payee.balance + p_amounts[n];
            accounts[payer_at] := payer;
            accounts[payee_at] := payee;
            moved := moved || n;
        END IF;
    END LOOP;

    INSERT INTO embedded_core.request (institution, key, content, answer, answered_at)
    SELECT p_institution, p_hold_keys[n], p_hold_contents[n], answers[n], p_at FROM unnest(refused) AS n;
    IF moved = '{}' THEN
        RETURN answers;
    END IF;
    INSERT INTO embedded_core.hold (institution, id, account_id, amount, fee, payee_account_id, remarks, payee_remarks,
        held_at, expires_at)
    SELECT p_institution, p_hold_ids[n], p_accounts[n], p_amounts[n], p_fees[n], p_payees[n], p_remarks[n],
        p_payee_remarks[n], p_at, p_expires_at[n]
    FROM unnest(moved) AS n;
    RETURN embedded_core.settle_many(
        p_institution, p_at, p_hold_keys, p_hold_contents, p_settle_keys, p_settle_contents, p_hold_ids, answers, moved);
END $$;

-- What was answered before to a transfer's two keys, NULL where that is not its end.
CREATE FUNCTION embedded_core.kept_of(p_institution text, p_hold_key text, p_hold_content bytea, p_settle_key text)
RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN held.content <> p_hold_content THEN embedded_core.refused('key_used_for_other_content')
        WHEN held.answer ->> 'answer' = 'refused' THEN held.answer
        WHEN settled.answer ->> 'answer' = 'settled'
            AND settled.answer ->> 'hold_id' = held.answer ->> 'hold_id' THEN settled.answer
    END
    FROM embedded_core.request AS held LEFT JOIN embedded_core.request AS settled
        ON settled.institution = p_institution AND settled.key = p_settle_key
    WHERE held.institution = p_institution AND held.key = p_hold_key
$$;

-- Book the holds at the places `p_moved`, in that order, keep the answers, and return all. The caller has just made
-- the holds, has not raised what is held, and has the lock of every key and account.
CREATE FUNCTION embedded_core.settle_many(
    p_institution text, p_at timestamptz, p_hold_keys text[], p_hold_contents bytea[], p_settle_keys text[],
    p_settle_contents bytea[], p_hold_ids text[], p_answers jsonb[], p_moved integer[]
) RETURNS jsonb[] LANGUAGE plpgsql AS $$
DECLARE
    journals jsonb;
    numbers bigint[];
BEGIN
    SELECT jsonb_agg(jsonb_build_object(
        'day', (p_at AT TIME ZONE INTERVAL '9 hours')::date, 'hold_id', h.id,
        'postings', embedded_core.hold_postings(h)) ORDER BY place) INTO journals
    FROM unnest(p_moved) WITH ORDINALITY AS given (n, place)
    JOIN embedded_core.hold AS h ON h.institution = p_institution AND h.id = p_hold_ids[n];
    numbers := embedded_core.post_journals(p_institution, p_at, journals);
    INSERT INTO embedded_core.hold_end (institution, hold_id, outcome, journal_id, ended_at)
    SELECT p_institution, p_hold_ids[n], 'settled', numbers[place], p_at
    FROM unnest(p_moved) WITH ORDINALITY AS given (n, place);
    WITH booked AS (
        SELECT n, jsonb_build_object('answer', 'settled', 'hold_id', p_hold_ids[n], 'posted_on', p.posted_day,
            'transaction_id', encode(substr(p.hash, 1, 16), 'hex'),
            'acceptance_number', to_char(p.journal_id, 'FM0000000000')) AS answer
        FROM unnest(p_moved) WITH ORDINALITY AS given (n, place)
        JOIN embedded_core.posting AS p
            ON p.institution = p_institution AND p.journal_id = numbers[place] AND p.entry = 1
    ), kept AS (
        INSERT INTO embedded_core.request (institution, key, content, answer, answered_at)
        SELECT p_institution, p_settle_keys[n], p_settle_contents[n], answer, p_at FROM booked
        UNION ALL
        SELECT p_institution, p_hold_keys[n], p_hold_contents[n], jsonb_build_object('answer', 'held',
            'hold_id', h.id, 'held', h.amount + h.fee), p_at
        FROM unnest(p_moved) AS n
        JOIN embedded_core.hold AS h ON h.institution = p_institution AND h.id = p_hold_ids[n]
    )
    SELECT array_agg(coalesce(booked.answer, given.answer) ORDER BY place) INTO p_answers
    FROM unnest(p_answers) WITH ORDINALITY AS given (answer, place) LEFT JOIN booked ON booked.n = place;
    RETURN p_answers;
END $$;
