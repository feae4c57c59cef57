PRAGMA foreign_keys = ON;
BEGIN;

-- Customers and orders
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, email_verified INTEGER NOT NULL DEFAULT 0,
    phone_nbr TEXT, dob DATE, gender TEXT, loyalty_points INTEGER NOT NULL DEFAULT 0, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, is_active BOOLEAN NOT NULL DEFAULT 1);
CREATE TABLE customer_addresses (
    address_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id), street TEXT NOT NULL, city TEXT NOT NULL, state TEXT, postal_code TEXT,
    country_code CHAR(2) NOT NULL, latitude REAL, longitude REAL, is_default BOOLEAN NOT NULL DEFAULT 0);
CREATE TABLE categories (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES categories(id), name TEXT NOT NULL UNIQUE, slug TEXT NOT NULL);
CREATE TABLE suppliers (supplierId INTEGER PRIMARY KEY, companyName TEXT NOT NULL, contactEmail TEXT, taxNumber TEXT, iban TEXT);
CREATE TABLE products (
    sku TEXT PRIMARY KEY, name TEXT NOT NULL, category_id INTEGER NOT NULL REFERENCES categories(id), supplier_id INTEGER REFERENCES suppliers(supplierId),
    unit_price DECIMAL(10,2) NOT NULL, weight_kg REAL, stock_qty INTEGER NOT NULL DEFAULT 0, description TEXT, discontinued BOOLEAN NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id), ship_to_address_id INTEGER REFERENCES customer_addresses(address_id),
    order_dt TIMESTAMP NOT NULL, status TEXT NOT NULL DEFAULT 'new', total_amt DECIMAL(12,2) NOT NULL, currency_code CHAR(3) NOT NULL DEFAULT 'EUR', shipped_at TIMESTAMP, notes TEXT);
CREATE TABLE order_items (
    order_id INTEGER NOT NULL REFERENCES orders(order_id), line_no INTEGER NOT NULL, sku TEXT NOT NULL REFERENCES products(sku), qty INTEGER NOT NULL, unit_price DECIMAL(10,2) NOT NULL,
    discount_pct REAL NOT NULL DEFAULT 0, line_total DECIMAL(12,2) GENERATED ALWAYS AS (qty * unit_price * (1 - discount_pct / 100)) STORED, PRIMARY KEY (order_id, line_no));
CREATE TABLE payments (
    payment_id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders(order_id), method TEXT NOT NULL, card_number TEXT, card_type TEXT, cvv TEXT, exp_year INTEGER,
    amount DECIMAL(12,2) NOT NULL, paid_at TIMESTAMP);
CREATE TABLE product_reviews (
    id INTEGER PRIMARY KEY, sku TEXT NOT NULL REFERENCES products(sku), customer_id INTEGER REFERENCES customers(id), rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5), comment TEXT, created_at TIMESTAMP);
CREATE TABLE coupons (code TEXT PRIMARY KEY, discount_pct REAL NOT NULL, valid_from DATE, valid_until DATE, max_uses INTEGER);
CREATE TABLE customer_coupons (customer_id INTEGER NOT NULL REFERENCES customers(id), coupon_code TEXT NOT NULL REFERENCES coupons(code), redeemed_at TIMESTAMP, PRIMARY KEY (customer_id, coupon_code));

-- Stock and shipping
CREATE TABLE warehouses (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, capacity_m3 REAL, manager_emp_id INTEGER);
CREATE TABLE inventory (warehouse_id INTEGER NOT NULL REFERENCES warehouses(id), sku TEXT NOT NULL REFERENCES products(sku), on_hand INTEGER NOT NULL, reorder_level INTEGER, counted_at DATE, PRIMARY KEY (warehouse_id, sku));
CREATE TABLE shipments (
    id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders(order_id), carrier TEXT NOT NULL, tracking_no TEXT UNIQUE, state TEXT NOT NULL, weight_kg REAL, delivered_at TIMESTAMP);

-- Staff
CREATE TABLE departments (dept_id INTEGER PRIMARY KEY, dept_name TEXT NOT NULL, cost_center_cd TEXT);
CREATE TABLE employees (
    emp_id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, work_email TEXT NOT NULL, ssn TEXT, birth_date DATE, hire_date DATE NOT NULL, dept_id INTEGER REFERENCES departments(dept_id),
    mgr_emp_id INTEGER REFERENCES employees(emp_id), job_title TEXT, base_salary DECIMAL(12,2), bank_acct_iban TEXT, passport_no TEXT);
CREATE TABLE time_off_requests (id INTEGER PRIMARY KEY, emp_id INTEGER NOT NULL REFERENCES employees(emp_id), start_date DATE NOT NULL, end_date DATE NOT NULL, reason TEXT, approved BOOLEAN);

-- Web site
CREATE TABLE user_accounts (
    user_id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, customer_id INTEGER REFERENCES customers(id), last_login_at TIMESTAMP, failed_login_count INTEGER NOT NULL DEFAULT 0, mfa_enabled BOOLEAN NOT NULL DEFAULT 0);
CREATE TABLE web_sessions (session_id TEXT PRIMARY KEY, user_id INTEGER REFERENCES user_accounts(user_id), ip_address TEXT, user_agent TEXT, started_at TIMESTAMP NOT NULL, duration_ms INTEGER);
CREATE TABLE page_views (id INTEGER PRIMARY KEY, session_id TEXT NOT NULL REFERENCES web_sessions(session_id), url TEXT NOT NULL, referrer TEXT, viewed_at TIMESTAMP NOT NULL, payload_json JSON);
CREATE TABLE newsletter_subscriptions (CustEmailAddr TEXT PRIMARY KEY, SubscribedAt TIMESTAMP, OptInFlag BOOLEAN, UnsubscribeReason TEXT);

-- Support desk
CREATE TABLE support_tickets (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), subject TEXT NOT NULL, priority TEXT, status TEXT NOT NULL, opened_at TIMESTAMP NOT NULL, closed_at TIMESTAMP);
CREATE TABLE ticket_messages (id INTEGER PRIMARY KEY, ticket_id INTEGER NOT NULL REFERENCES support_tickets(id), author_type TEXT NOT NULL, body TEXT NOT NULL, sent_at TIMESTAMP NOT NULL);

-- A clinic
CREATE TABLE patients (patient_id INTEGER PRIMARY KEY, mrn TEXT UNIQUE, full_name TEXT NOT NULL, date_of_birth DATE, blood_type TEXT, insurance_policy_no TEXT, ethnicity TEXT, emergency_contact_phone TEXT);
CREATE TABLE appointments (appointment_id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patients(patient_id), doctor_name TEXT, scheduled_for TIMESTAMP NOT NULL, diagnosis_code TEXT, clinical_notes TEXT);

-- Sensors
CREATE TABLE devices (device_id TEXT PRIMARY KEY, mac_addr TEXT NOT NULL, firmware_version TEXT, installed_on DATE, site_lat REAL, site_lon REAL);
CREATE TABLE sensor_readings (device_id TEXT NOT NULL REFERENCES devices(device_id), ts TIMESTAMP NOT NULL, temperature_c REAL, humidity_pct REAL, battery_mv INTEGER, raw BLOB, PRIMARY KEY (device_id, ts)) WITHOUT ROWID;

-- Names that are hard to quote
CREATE TABLE "Order Details 2023" ("Order ID" INTEGER, "Unit Price ($)" REAL, "Qty." INTEGER, "Customer's Note" TEXT);
CREATE TABLE "select" ("from" TEXT, "where" TEXT, "per%cent" REAL);
CREATE TABLE "naïve.table""quoted" ("col.with.dots" TEXT, "emoji 😀" TEXT, "тест" INTEGER);

CREATE VIEW active_customers AS SELECT id, first_name, last_name, email FROM customers WHERE is_active = 1;
CREATE VIEW order_totals AS SELECT o.order_id, o.customer_id, sum(i.line_total) AS total FROM orders o JOIN order_items i USING (order_id) GROUP BY o.order_id, o.customer_id;
CREATE INDEX orders_by_customer ON orders (customer_id, order_dt);

INSERT INTO customers (id, first_name, last_name, email, phone_nbr, dob, gender) VALUES
    (1, 'Ana', 'Silva', 'ana.silva@example.com', '+351 21 555 0101', '1984-02-11', 'f'), (2, 'Ben', 'Okafor', 'ben@example.org', '+44 20 7946 0018', '1990-07-30', 'm'),
    (3, 'Chloé', 'Martin', 'chloe.martin@example.net', '+33 1 99 00 12 34', '1975-12-01', 'f');
INSERT INTO customer_addresses VALUES (1, 1, 'Rua Augusta 10', 'Lisboa', NULL, '1100-053', 'PT', 38.71, -9.14, 1), (2, 2, '1 High Street', 'London', NULL, 'SW1A 1AA', 'GB', 51.5, -0.14, 1);
INSERT INTO categories VALUES (1, NULL, 'Kitchen', 'kitchen'), (2, 1, 'Cups', 'cups');
INSERT INTO suppliers VALUES (1, 'Porto Ceramics', 'sales@example.com', 'PT500000000', 'PT50000201231234567890154');
INSERT INTO products (sku, name, category_id, supplier_id, unit_price, weight_kg, stock_qty) VALUES ('CUP-1', 'Blue cup', 2, 1, 8.5, 0.3, 120), ('CUP-2', 'Red cup', 2, 1, 9, 0.3, 40);
INSERT INTO orders (order_id, customer_id, ship_to_address_id, order_dt, total_amt) VALUES (1001, 1, 1, '2026-01-05 10:00:00', 26), (1002, 2, 2, '2026-01-06 11:30:00', 9);
INSERT INTO order_items (order_id, line_no, sku, qty, unit_price) VALUES (1001, 1, 'CUP-1', 2, 8.5), (1001, 2, 'CUP-2', 1, 9), (1002, 1, 'CUP-2', 1, 9);
INSERT INTO payments VALUES (1, 1001, 'card', '4111111111111111', 'visa', '123', 2028, 26, '2026-01-05 10:01:00');
INSERT INTO product_reviews VALUES (1, 'CUP-1', 1, 5, 'Lovely blue.', '2026-01-20');
INSERT INTO coupons VALUES ('WELCOME', 10, '2026-01-01', '2026-12-31', 1000);
INSERT INTO customer_coupons VALUES (1, 'WELCOME', '2026-01-05');
INSERT INTO warehouses VALUES (1, 'Lisbon North', 'Lisboa', 1200, 1);
INSERT INTO inventory VALUES (1, 'CUP-1', 120, 20, '2026-01-02'), (1, 'CUP-2', 40, 20, '2026-01-02');
INSERT INTO shipments VALUES (1, 1001, 'CTT', 'RR123456785PT', 'delivered', 0.9, '2026-01-08 09:00:00');
INSERT INTO departments VALUES (1, 'Logistics', 'CC-100'), (2, 'Support', 'CC-200');
INSERT INTO employees (emp_id, full_name, work_email, hire_date, dept_id, job_title, base_salary) VALUES (1, 'Dora Lima', 'dora@example.com', '2020-03-01', 1, 'Warehouse manager', 41000);
INSERT INTO time_off_requests VALUES (1, 1, '2026-08-01', '2026-08-15', 'Summer', 1);
INSERT INTO user_accounts VALUES (1, 'ana', '$2y$10$abcdefghijklmnopqrstuv', 1, '2026-01-05 09:58:00', 0, 1);
INSERT INTO web_sessions VALUES ('s-1', 1, '203.0.113.7', 'Mozilla/5.0', '2026-01-05 09:55:00', 400000);
INSERT INTO page_views VALUES (1, 's-1', '/cups', NULL, '2026-01-05 09:56:00', '{"ab": "b"}');
INSERT INTO newsletter_subscriptions VALUES ('ana.silva@example.com', '2026-01-05', 1, NULL);
INSERT INTO support_tickets VALUES (1, 2, 'Cup arrived chipped', 'high', 'open', '2026-01-10', NULL);
INSERT INTO ticket_messages VALUES (1, 1, 'customer', 'The handle is broken.', '2026-01-10');
INSERT INTO patients VALUES (1, 'MRN-001', 'Eva Stein', '1969-05-05', 'A+', 'POL-77', NULL, '+49 30 901820');
INSERT INTO appointments VALUES (1, 1, 'Dr. Wu', '2026-02-01 08:00:00', 'J06.9', 'Cough, no fever.');
INSERT INTO devices VALUES ('dev-1', '00:00:5E:00:53:01', '2.1.0', '2025-06-01', 38.7, -9.1);
INSERT INTO sensor_readings VALUES ('dev-1', '2026-01-05 00:00:00', 18.4, 61.0, 3010, x'00ff');
INSERT INTO "Order Details 2023" VALUES (900, 8.5, 2, 'gift wrap');
INSERT INTO "select" VALUES ('a', 'b', 0.5);
INSERT INTO "naïve.table""quoted" VALUES ('x', '😀', 1);
COMMIT;
