-- The example that docker-compose.yml describes until WAREHOUSE_DSN names a
-- database of yours. Run once, by the first start of the postgres service.

CREATE ROLE warehouse_reader LOGIN PASSWORD 'semsync-local';
CREATE DATABASE warehouse;
REVOKE CONNECT ON DATABASE semsync FROM PUBLIC;

\connect warehouse

CREATE SCHEMA customers;
CREATE SCHEMA sales;

CREATE TABLE customers.users (
    user_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text NOT NULL UNIQUE,
    full_name     text NOT NULL,
    phone_number  text,
    date_of_birth date,
    country_code  char(2),
    is_active     boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_login_at timestamptz
);
COMMENT ON TABLE customers.users IS 'One row for each person who has an account.';
COMMENT ON COLUMN customers.users.email IS 'Address that the person logs in with.';

CREATE TABLE customers.addresses (
    address_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     bigint NOT NULL REFERENCES customers.users,
    street      text NOT NULL,
    postal_code text NOT NULL,
    city        text NOT NULL
);

CREATE TABLE sales.orders (
    order_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES customers.users,
    order_status text NOT NULL CHECK (order_status IN ('open', 'paid', 'shipped', 'returned')),
    total_amount numeric(12, 2) NOT NULL,
    currency     char(3) NOT NULL,
    ordered_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sales.order_items (
    order_id   bigint NOT NULL REFERENCES sales.orders,
    line_no    int NOT NULL,
    sku        text NOT NULL,
    quantity   int NOT NULL,
    unit_price numeric(12, 2) NOT NULL,
    PRIMARY KEY (order_id, line_no)
);

CREATE VIEW sales.daily_revenue AS
SELECT ordered_at::date AS day, currency, sum(total_amount) AS revenue, count(*) AS order_count
  FROM sales.orders
 GROUP BY 1, 2;

-- Read access is all that semsync needs.
GRANT USAGE ON SCHEMA customers, sales TO warehouse_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA customers, sales TO warehouse_reader;
