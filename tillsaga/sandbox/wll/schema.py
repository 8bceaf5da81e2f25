"""The Loyalty Engine's tables. Moments are UTC text with milliseconds, money is minor units.

Every row belongs to a tenant. A balance is the sum of `wll_points`.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS wll_tenants (
    name TEXT PRIMARY KEY, api_key TEXT UNIQUE, receipts BOOLEAN);
CREATE TABLE IF NOT EXISTS wll_clients (
    client_id TEXT PRIMARY KEY, secret TEXT, tenant TEXT, may_write BOOLEAN);
CREATE TABLE IF NOT EXISTS wll_tokens (
    id INTEGER PRIMARY KEY, token TEXT UNIQUE, tenant TEXT, kind TEXT, may_write BOOLEAN,
    user TEXT, client TEXT, issued_at TEXT, expires_at TEXT);
CREATE TABLE IF NOT EXISTS wll_users (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, tenant TEXT, account_number TEXT,
    auth_identifier TEXT, external_identifier TEXT, restricted BOOLEAN, flags JSON,
    profile JSON, tier JSON, lifetime INTEGER, loyalty_cost INTEGER, created_at TEXT,
    UNIQUE (tenant, account_number), UNIQUE (tenant, auth_identifier));
CREATE TABLE IF NOT EXISTS wll_rewards (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, tenant TEXT, type TEXT, name TEXT,
    code_type TEXT, integrated BOOLEAN, static_code TEXT, price INTEGER, value INTEGER,
    discounts JSON, expires_at TEXT);
CREATE TABLE IF NOT EXISTS wll_benefits (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, tenant TEXT, type TEXT, user TEXT, reward TEXT,
    origin TEXT, code_id TEXT, code TEXT, via_api BOOLEAN, created_at TEXT, redeemed_at TEXT,
    validated_at TEXT, burned_at TEXT, burned_by TEXT, expires_at TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS wll_benefits_code ON wll_benefits (code) WHERE via_api = 1;
CREATE INDEX IF NOT EXISTS wll_benefits_user ON wll_benefits (user);
CREATE TABLE IF NOT EXISTS wll_validations (
    id INTEGER PRIMARY KEY, benefit TEXT, sent JSON, burned BOOLEAN, created_at TEXT);
CREATE INDEX IF NOT EXISTS wll_validations_benefit ON wll_validations (benefit);
CREATE TABLE IF NOT EXISTS wll_event_types (
    id INTEGER PRIMARY KEY, tenant TEXT, name TEXT, private BOOLEAN, payload JSON,
    UNIQUE (tenant, name));
CREATE TABLE IF NOT EXISTS wll_reactors (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, tenant TEXT, name TEXT, event_type TEXT,
    field TEXT, multiplier INTEGER, divisor INTEGER, least INTEGER, reward TEXT);
CREATE INDEX IF NOT EXISTS wll_reactors_type ON wll_reactors (tenant, event_type);
CREATE TABLE IF NOT EXISTS wll_events (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, tenant TEXT, type TEXT, subject TEXT,
    user TEXT, executor TEXT, payload JSON, intrinsic BOOLEAN, occurred_at TEXT,
    created_at TEXT);
CREATE INDEX IF NOT EXISTS wll_events_type ON wll_events (tenant, type);
CREATE TABLE IF NOT EXISTS wll_reactions (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, event TEXT, reactor TEXT, reactor_name TEXT,
    user TEXT, points INTEGER, reward TEXT, due_at TEXT, done_at TEXT, granted INTEGER,
    benefit TEXT);
CREATE INDEX IF NOT EXISTS wll_reactions_event ON wll_reactions (event);
CREATE INDEX IF NOT EXISTS wll_reactions_waiting ON wll_reactions (id) WHERE done_at IS NULL;
CREATE TABLE IF NOT EXISTS wll_points (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, tenant TEXT, user TEXT, points INTEGER,
    requested INTEGER, impact TEXT, origin TEXT, event TEXT, reaction TEXT, comment TEXT,
    created_at TEXT);
CREATE INDEX IF NOT EXISTS wll_points_user ON wll_points (user, points);
CREATE TABLE IF NOT EXISTS wll_orders (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, tenant TEXT, user TEXT, transaction_id TEXT,
    event TEXT, sent JSON, created_at TEXT);
CREATE TABLE IF NOT EXISTS wll_settings (
    id INTEGER PRIMARY KEY, tenant TEXT, name TEXT, value JSON, UNIQUE (tenant, name));
"""
