"""Leat's tables. Moments are UTC text, money is cents, balances are sums over movements."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS leat_shops (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, name TEXT, type TEXT, reference TEXT);
CREATE TABLE IF NOT EXISTS leat_tokens (
    token TEXT PRIMARY KEY, rights TEXT, shop TEXT, expires_at TEXT);
CREATE TABLE IF NOT EXISTS leat_contacts (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, email TEXT UNIQUE COLLATE NOCASE,
    anonymous BOOLEAN, attributes JSON, tier JSON, referral_code TEXT, created_at TEXT,
    deleted TEXT, merged_into TEXT, seeded BOOLEAN);
CREATE TABLE IF NOT EXISTS leat_identifiers (
    id INTEGER PRIMARY KEY, value TEXT UNIQUE, name TEXT, active BOOLEAN, contact TEXT);
CREATE INDEX IF NOT EXISTS leat_identifiers_contact ON leat_identifiers (contact);
CREATE TABLE IF NOT EXISTS leat_promotions (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, name TEXT, description TEXT, active BOOLEAN,
    voucher_limit INTEGER, limit_per_contact INTEGER, expiration_duration INTEGER,
    redemptions_per_voucher INTEGER, attributes JSON);
CREATE TABLE IF NOT EXISTS leat_vouchers (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, code TEXT UNIQUE, promotion TEXT, contact TEXT,
    contact_by_redemption BOOLEAN, activation_date TEXT, expiration_date TEXT,
    deactivated BOOLEAN, allowed INTEGER, redeemed INTEGER, redeemed_at TEXT,
    custom_attributes JSON, release_key TEXT, locked_at TEXT, release_at TEXT, created_at TEXT);
CREATE INDEX IF NOT EXISTS leat_vouchers_contact ON leat_vouchers (contact);
CREATE INDEX IF NOT EXISTS leat_vouchers_promotion ON leat_vouchers (promotion);
CREATE TABLE IF NOT EXISTS leat_voucher_redemptions (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, voucher TEXT, contact TEXT, shop TEXT,
    created_at TEXT, reversed_at TEXT);
CREATE INDEX IF NOT EXISTS leat_redemptions_voucher ON leat_voucher_redemptions (voucher);
CREATE TABLE IF NOT EXISTS leat_rewards (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, title TEXT, description TEXT, reward_type TEXT,
    active BOOLEAN, required_credits INTEGER, pre_redeemable BOOLEAN,
    expiration_duration INTEGER, cost_price INTEGER, stock INTEGER, claim_limit INTEGER,
    attributes JSON);
CREATE TABLE IF NOT EXISTS leat_loyalty_transactions (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, type TEXT, contact TEXT, credits INTEGER,
    shop TEXT, identifier TEXT, source TEXT, unit_value TEXT, unit_name TEXT, attributes JSON,
    reward TEXT, collectable BOOLEAN, expires_at TEXT, reverses TEXT, created_at TEXT);
CREATE INDEX IF NOT EXISTS leat_loyalty_contact
    ON leat_loyalty_transactions (contact, credits);
CREATE INDEX IF NOT EXISTS leat_loyalty_reverses ON leat_loyalty_transactions (reverses);
CREATE INDEX IF NOT EXISTS leat_loyalty_reward ON leat_loyalty_transactions (reward, contact);
CREATE TABLE IF NOT EXISTS leat_collections (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, known_as TEXT, reception TEXT, created_at TEXT,
    reversed_at TEXT);
CREATE INDEX IF NOT EXISTS leat_collections_reception ON leat_collections (reception);
CREATE INDEX IF NOT EXISTS leat_collections_known ON leat_collections (known_as);
CREATE TABLE IF NOT EXISTS leat_programs (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, name TEXT, max_amount INTEGER,
    expiration_days INTEGER);
CREATE TABLE IF NOT EXISTS leat_giftcards (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, hash TEXT UNIQUE, type TEXT, program TEXT,
    active BOOLEAN, expiration_date TEXT, created_at TEXT);
CREATE TABLE IF NOT EXISTS leat_giftcard_transactions (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, card TEXT, amount INTEGER, loads INTEGER,
    shop TEXT, custom_attributes JSON, reverses TEXT, opening BOOLEAN, created_at TEXT);
CREATE INDEX IF NOT EXISTS leat_giftcard_moves ON leat_giftcard_transactions (card, amount);
CREATE TABLE IF NOT EXISTS leat_prepaid_transactions (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, contact TEXT, amount INTEGER, shop TEXT,
    identifier TEXT, reverses TEXT, opening BOOLEAN, created_at TEXT);
CREATE INDEX IF NOT EXISTS leat_prepaid_moves ON leat_prepaid_transactions (contact, amount);
CREATE INDEX IF NOT EXISTS leat_prepaid_reverses ON leat_prepaid_transactions (reverses);
CREATE TABLE IF NOT EXISTS leat_orders (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, external_identifier TEXT UNIQUE, contact TEXT,
    shop TEXT, document JSON, sent JSON, processed BOOLEAN, awarded INTEGER);
CREATE TABLE IF NOT EXISTS leat_order_returns (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, external_identifier TEXT UNIQUE,
    order_uuid TEXT, parts JSON, document JSON, sent JSON, processed BOOLEAN, points INTEGER);
CREATE INDEX IF NOT EXISTS leat_returns_order ON leat_order_returns (order_uuid);
CREATE TABLE IF NOT EXISTS leat_attributes (
    id INTEGER PRIMARY KEY, entity TEXT, name TEXT, document JSON, UNIQUE (entity, name));
CREATE TABLE IF NOT EXISTS leat_attribute_groups (
    id INTEGER PRIMARY KEY, entity TEXT, name TEXT, label TEXT);
CREATE TABLE IF NOT EXISTS leat_claimed_tokens (unique_id TEXT PRIMARY KEY, reception TEXT);
CREATE TABLE IF NOT EXISTS leat_emails (
    id INTEGER PRIMARY KEY, giftcard TEXT, contact TEXT, address TEXT, merge_tags JSON,
    created_at TEXT);
CREATE TABLE IF NOT EXISTS leat_portal_sessions (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, shop TEXT, contact TEXT, created_at TEXT);
CREATE TABLE IF NOT EXISTS leat_pos_transactions (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, amount INTEGER, transaction_id TEXT,
    terminal_id TEXT, reception TEXT, created_at TEXT);
"""
