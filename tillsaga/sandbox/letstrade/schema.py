"""Let'sTrade's tables. Moments are UTC text, money is cents, balances are sums over entries."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS letstrade_stores (
    id INTEGER PRIMARY KEY, store_id TEXT UNIQUE, terminals JSON);
CREATE TABLE IF NOT EXISTS letstrade_customers (
    id INTEGER PRIMARY KEY, user_id TEXT UNIQUE, name TEXT, surname TEXT, email TEXT,
    cell_country_code TEXT, cell_number TEXT, origin TEXT, has_wallet BOOLEAN,
    has_card BOOLEAN, card_declines BOOLEAN, card_limit INTEGER, loan_limit INTEGER,
    created_at TEXT);
CREATE INDEX IF NOT EXISTS letstrade_customers_cell ON letstrade_customers (cell_number);
CREATE TABLE IF NOT EXISTS letstrade_money (
    id INTEGER PRIMARY KEY, user_id TEXT, instrument TEXT, amount INTEGER, entry TEXT,
    order_id TEXT, code TEXT, created_at TEXT);
CREATE INDEX IF NOT EXISTS letstrade_money_user ON letstrade_money (user_id, instrument, amount);
CREATE INDEX IF NOT EXISTS letstrade_money_order ON letstrade_money (order_id);
CREATE TABLE IF NOT EXISTS letstrade_points (
    id INTEGER PRIMARY KEY, user_id TEXT, points INTEGER, entry TEXT, order_id TEXT,
    code TEXT, created_at TEXT);
CREATE INDEX IF NOT EXISTS letstrade_points_user ON letstrade_points (user_id, points);
CREATE INDEX IF NOT EXISTS letstrade_points_order ON letstrade_points (order_id);
CREATE TABLE IF NOT EXISTS letstrade_vouchers (
    id INTEGER PRIMARY KEY, voucher_id TEXT UNIQUE, user_id TEXT, title TEXT, apply_to TEXT,
    value INTEGER, sku TEXT, quantity TEXT, state TEXT, order_id TEXT, burned_at TEXT);
CREATE INDEX IF NOT EXISTS letstrade_vouchers_user ON letstrade_vouchers (user_id);
CREATE TABLE IF NOT EXISTS letstrade_codes (
    id INTEGER PRIMARY KEY, code TEXT UNIQUE, kind TEXT, user_id TEXT, voucher_id TEXT,
    instruments JSON, issued_at TEXT, expires_at TEXT, used_at TEXT, basket TEXT,
    order_id TEXT, reversed_at TEXT);
CREATE TABLE IF NOT EXISTS letstrade_deals (
    id INTEGER PRIMARY KEY, deal_id TEXT UNIQUE, title TEXT, level TEXT, sku TEXT,
    discount INTEGER);
CREATE TABLE IF NOT EXISTS letstrade_subscriptions (
    id INTEGER PRIMARY KEY, redemption_id TEXT UNIQUE, user_id TEXT, title TEXT, pids JSON,
    discount INTEGER, remaining INTEGER);
CREATE INDEX IF NOT EXISTS letstrade_subscribers ON letstrade_subscriptions (user_id);
CREATE TABLE IF NOT EXISTS letstrade_baskets (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, state TEXT, order_id TEXT UNIQUE,
    order_code TEXT, store_id TEXT, terminal_id TEXT, user_id TEXT, quotes INTEGER,
    total INTEGER, outstanding INTEGER, codes JSON, split JSON, sent JSON, reply JSON,
    offered JSON, selected JSON, updated_at TEXT);
CREATE TABLE IF NOT EXISTS letstrade_orders (
    id INTEGER PRIMARY KEY, order_id TEXT UNIQUE, order_code TEXT, uuid TEXT UNIQUE,
    store_id TEXT, terminal_id TEXT, user_id TEXT, status TEXT, total INTEGER,
    outstanding INTEGER, codes JSON, burned JSON, subscriptions JSON, sent JSON, reply JSON,
    created_at TEXT);
CREATE TABLE IF NOT EXISTS letstrade_refunds (
    id INTEGER PRIMARY KEY, order_id TEXT, codes JSON, reason TEXT, reply JSON,
    created_at TEXT);
CREATE TABLE IF NOT EXISTS letstrade_callbacks (
    id INTEGER PRIMARY KEY, uuid TEXT, url TEXT, sent JSON, status INTEGER, answer JSON,
    created_at TEXT);
"""
