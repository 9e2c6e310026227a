"""Schemas with everything that an engine has, as people write it: a film rental, and what comes with age."""

from __future__ import annotations

SQLITE = '''
CREATE TABLE language (language_id INTEGER PRIMARY KEY AUTOINCREMENT, name CHAR(20) NOT NULL UNIQUE,
  last_update TIMESTAMP NOT NULL DEFAULT (datetime('now')));
CREATE TABLE film (
  film_id INTEGER NOT NULL, title VARCHAR(255) NOT NULL COLLATE NOCASE, description TEXT DEFAULT NULL,
  language_id SMALLINT NOT NULL, rental_duration SMALLINT DEFAULT 3 NOT NULL,
  rental_rate DECIMAL(4,2) DEFAULT 4.99 NOT NULL, length INTEGER, note TEXT DEFAULT 'it''s :all "50%" \\ here',
  label TEXT AS (upper(title) || ' - ' || rental_rate) STORED, doubled GENERATED ALWAYS AS (length * 2),
  rating VARCHAR(10) DEFAULT 'G' CONSTRAINT known CHECK (rating IN ('G', 'PG', 'R:X')),
  made DATE DEFAULT CURRENT_DATE, neg INTEGER DEFAULT -5, flag BOOLEAN DEFAULT TRUE, blob_ BLOB DEFAULT x'00ff',
  PRIMARY KEY (film_id), CONSTRAINT fk_language FOREIGN KEY (language_id) REFERENCES language (language_id)
    ON DELETE NO ACTION ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CHECK (length > 0 OR length IS NULL), UNIQUE (title, made) ON CONFLICT IGNORE);
CREATE TABLE "Order %s: ""ünïcode""" ("Group" INTEGER NOT NULL, "a b" TEXT NOT NULL ON CONFLICT FAIL, "select" TEXT,
  PRIMARY KEY ("a b" DESC, "Group")) WITHOUT ROWID;
CREATE TABLE strict_one (a INTEGER PRIMARY KEY DESC, b ANY, c TEXT REFERENCES film) STRICT;
CREATE TABLE node (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES node (id) ON DELETE CASCADE, other INTEGER
  REFERENCES later (id) ON DELETE SET NULL, anything, CHECK (id <> parent));
CREATE TABLE later (id INTEGER PRIMARY KEY, node_id INTEGER REFERENCES node (id));
CREATE VIRTUAL TABLE words USING fts5(title, body, tokenize = 'porter ascii');
CREATE INDEX ix_title ON film (title DESC, length);
CREATE UNIQUE INDEX "ux Partial" ON film (lower(title), language_id) WHERE length > 10 AND rating <> 'R:X';
CREATE INDEX ix_collated ON node (anything COLLATE RTRIM);
CREATE VIEW film_list AS SELECT f.film_id AS fid, f.title, l.name AS "Language name" FROM film f
  JOIN language l USING (language_id);
CREATE VIEW a_view_first (one, "two 2") AS SELECT fid, title FROM film_list WHERE title LIKE '50%:x';
CREATE TRIGGER film_touch AFTER UPDATE OF title ON film WHEN new.title <> old.title BEGIN
  UPDATE language SET last_update = CURRENT_TIMESTAMP WHERE language_id = new.language_id; -- a comment
  INSERT INTO words (title, body) VALUES (new.title, ':x');
END;
CREATE TRIGGER view_insert INSTEAD OF INSERT ON film_list BEGIN
  INSERT INTO language (name) VALUES (new."Language name");
END
'''

POSTGRESQL = r"""
CREATE TYPE mpaa_rating AS ENUM ('G', 'PG', 'it''s', 'NC-17');
COMMENT ON TYPE mpaa_rating IS 'a rating';
CREATE DOMAIN year AS integer DEFAULT 2000 NOT NULL CONSTRAINT year_check CHECK (VALUE >= 1901 AND VALUE <= 2155);
CREATE DOMAIN bıgint_ünï AS text COLLATE "C";
CREATE TYPE pair AS (a integer, "B b" text);
CREATE TYPE floats AS RANGE (SUBTYPE = float8);
CREATE SEQUENCE actor_actor_id_seq INCREMENT BY 5 START WITH 7 CACHE 3;
CREATE SEQUENCE "Odd Seq" AS smallint CYCLE;
CREATE FUNCTION group_sfunc(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS $_$
SELECT CASE WHEN $2 IS NULL OR $2 = '' THEN $1 ELSE $1 || ', ' || $2 END -- 100% :name
$_$;
CREATE AGGREGATE group_concat(text) (SFUNC = group_sfunc, STYPE = text, INITCOND = '');
CREATE FUNCTION next_label() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x\y' || nextval('"Odd Seq"'); END $$;
CREATE TABLE language (language_id serial PRIMARY KEY, name character(20) NOT NULL UNIQUE,
  last_update timestamp with time zone DEFAULT now() NOT NULL);
CREATE TABLE actor (actor_id integer DEFAULT nextval('actor_actor_id_seq'::regclass) NOT NULL, first_name text NOT NULL,
  "Last Name" varchar(45) COLLATE "C" NOT NULL, born year, tags text[] DEFAULT '{}'::text[], both_ pair,
  label text DEFAULT next_label(), CONSTRAINT actor_pkey PRIMARY KEY (actor_id) WITH (fillfactor = 80));
ALTER SEQUENCE actor_actor_id_seq OWNED BY actor.actor_id;
CREATE TABLE film (film_id integer GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 2), title varchar(255)
  NOT NULL, description text, language_id integer NOT NULL, rate numeric(4,2) DEFAULT 4.99 NOT NULL, length smallint,
  rating mpaa_rating DEFAULT 'G'::mpaa_rating, special text[], fulltext tsvector, during tsrange,
  area numeric GENERATED ALWAYS AS (rate * length) STORED, other_id integer, data jsonb DEFAULT '{"a": ":b"}',
  CONSTRAINT film_pk PRIMARY KEY (film_id), CONSTRAINT "Odd %s key" UNIQUE (title, language_id) INCLUDE (rate)
  DEFERRABLE INITIALLY DEFERRED, CONSTRAINT film_nulls UNIQUE NULLS NOT DISTINCT (other_id, length),
  CONSTRAINT film_len CHECK (length > 0) NO INHERIT, CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&));
ALTER TABLE film ADD CONSTRAINT fk_lang FOREIGN KEY (language_id) REFERENCES language ON UPDATE CASCADE ON DELETE
  RESTRICT;
ALTER TABLE film ADD CONSTRAINT fk_self FOREIGN KEY (other_id) REFERENCES film DEFERRABLE INITIALLY DEFERRED NOT VALID;
ALTER TABLE film ADD CONSTRAINT late CHECK (title <> 'x') NOT VALID;
ALTER TABLE film ALTER COLUMN description SET STORAGE EXTERNAL;
ALTER TABLE film ALTER COLUMN title SET (n_distinct = -0.5);
ALTER TABLE film ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE film IS 'All ''films'' with 100% :care
and a second line';
COMMENT ON COLUMN film.title IS 'the title';
COMMENT ON CONSTRAINT film_len ON film IS 'positive';
CREATE TABLE a_child (film_id integer, extra text) INHERITS (language);
CREATE TABLE "Ünïcode %(x)s : ""q"" end" ("Group" integer PRIMARY KEY, "a:b" text);
CREATE UNLOGGED TABLE scratchpad (id bigint) WITH (fillfactor = 50, autovacuum_enabled = false);
CREATE TABLE payment (id bigint NOT NULL, day date NOT NULL, amount numeric) PARTITION BY RANGE (day);
CREATE TABLE payment_2020 PARTITION OF payment FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY LIST (id);
CREATE TABLE a_payment_2020_1 PARTITION OF payment_2020 FOR VALUES IN ('1', '2');
CREATE TABLE payment_rest PARTITION OF payment DEFAULT;
CREATE INDEX payment_day ON payment (day);
CREATE INDEX film_fulltext ON film USING gist (fulltext);
CREATE UNIQUE INDEX "Partial ix" ON film (lower(title) DESC NULLS LAST, language_id) INCLUDE (rate) WHERE length > 10;
CREATE INDEX film_pattern ON film (title varchar_pattern_ops, description COLLATE "C" NULLS FIRST);
COMMENT ON INDEX film_fulltext IS 'search';
CREATE VIEW z_base AS SELECT f.film_id AS fid, f.title, l.name AS "Language name", group_concat(f.description) AS g
  FROM film f JOIN language l USING (language_id) GROUP BY f.film_id, f.title, l.name;
CREATE VIEW a_top WITH (security_barrier = true) AS SELECT * FROM z_base WHERE title ~~ '50%:x';
CREATE MATERIALIZED VIEW rental_by AS SELECT fid, count(*) AS n FROM a_top GROUP BY fid WITH NO DATA;
CREATE UNIQUE INDEX rental_ix ON rental_by (fid);
COMMENT ON VIEW a_top IS 'top';
CREATE FUNCTION films_of(l language) RETURNS SETOF film LANGUAGE sql STABLE ROWS 10 AS 'SELECT * FROM film';
CREATE FUNCTION atomic(a integer DEFAULT 3, VARIADIC b text[] DEFAULT '{}') RETURNS bigint LANGUAGE sql
  BEGIN ATOMIC SELECT count(*) FROM a_top; END;
CREATE PROCEDURE tidy(INOUT a integer) LANGUAGE plpgsql AS 'BEGIN DELETE FROM scratchpad; a := 1; END';
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.description = 1; RETURN NEW; END';
COMMENT ON FUNCTION touched() IS 'touches';
CREATE TRIGGER film_touched BEFORE INSERT OR UPDATE OF title ON film FOR EACH ROW WHEN (NEW.length > 1)
  EXECUTE FUNCTION touched('a:b');
CREATE TRIGGER asleep AFTER DELETE ON film FOR EACH STATEMENT EXECUTE FUNCTION touched();
ALTER TABLE film DISABLE TRIGGER asleep
"""

MARIADB = r"""
CREATE SEQUENCE numbers START WITH 100 INCREMENT BY 10 MAXVALUE 100000 NOCACHE CYCLE;
CREATE TABLE language (language_id TINYINT UNSIGNED NOT NULL AUTO_INCREMENT, name CHAR(20) NOT NULL, last_update
  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (language_id), UNIQUE uq (name))
  ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='It''s a \\ "language" :x 100%';
CREATE TABLE film (film_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT, title VARCHAR(128) NOT NULL, description TEXT
  DEFAULT NULL, release_year YEAR DEFAULT NULL, language_id TINYINT UNSIGNED NOT NULL, rate DECIMAL(4,2) NOT NULL
  DEFAULT 4.99, rating ENUM('G','it''s','NC-17') DEFAULT 'G', special SET('a','b') DEFAULT NULL, note VARCHAR(20)
  CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'a''b\\c:d' COMMENT 'note ''x''',
  area DECIMAL(10,2) GENERATED ALWAYS AS (rate * 2)
  STORED, twice INT AS (release_year * 2) VIRTUAL, made DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3), token CHAR(36) DEFAULT
  uuid(), place POINT NOT NULL, hidden_ INT INVISIBLE DEFAULT 3, data JSON, amount INT CHECK (amount > 1), bits BIT(3)
  DEFAULT b'101', next_ BIGINT DEFAULT (NEXT VALUE FOR numbers), other_id SMALLINT UNSIGNED, PRIMARY KEY (film_id),
  KEY ix_title (title(10), rate), UNIQUE KEY ux_prefix (note(5)), FULLTEXT KEY ft (title, description),
  SPATIAL KEY sp (place), KEY ix_ignored (amount) IGNORED, KEY ix_comment (release_year) COMMENT 'by ''year''',
  CONSTRAINT known CHECK (rate > 0 AND title <> ':x%'), CONSTRAINT fk_lang FOREIGN KEY (language_id) REFERENCES
  language (language_id) ON UPDATE CASCADE, CONSTRAINT fk_self FOREIGN KEY (other_id) REFERENCES film (film_id)
  ON DELETE SET NULL)
  ENGINE=InnoDB ROW_FORMAT=DYNAMIC;
CREATE TABLE `Mixed Case %s ``q`` : ünï` (`Group` INT NOT NULL, `a:b` VARCHAR(10), PRIMARY KEY (`Group`)) ENGINE=MyISAM
  DEFAULT CHARSET=latin1;
CREATE TABLE memory_one (a INT PRIMARY KEY, b INT, KEY ix (b) USING HASH) ENGINE=MEMORY;
CREATE TABLE z_node (id INT PRIMARY KEY, a_id INT);
CREATE TABLE a_node (id INT PRIMARY KEY, z_id INT, CONSTRAINT fk_z FOREIGN KEY (z_id) REFERENCES z_node (id));
ALTER TABLE z_node ADD CONSTRAINT fk_a FOREIGN KEY (a_id) REFERENCES a_node (id) ON DELETE CASCADE;
CREATE TABLE payment (id INT NOT NULL, day DATE NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (year(day))
  (PARTITION z_old VALUES LESS THAN (2000), PARTITION b_mid VALUES LESS THAN (2020),
  PARTITION a_new VALUES LESS THAN MAXVALUE);
CREATE TABLE hashed (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 4;
CREATE TABLE listed (id INT PRIMARY KEY) PARTITION BY LIST (id) (PARTITION p VALUES IN (1, 2), PARTITION
  q VALUES IN (3));
CREATE TABLE versioned (id INT PRIMARY KEY, x INT) WITH SYSTEM VERSIONING;
CREATE VIEW z_base AS SELECT f.film_id AS fid, f.title AS title, l.name AS `Language name` FROM film f JOIN language l
  ON f.language_id = l.language_id;
CREATE SQL SECURITY INVOKER VIEW a_top AS SELECT fid, title FROM z_base WHERE title LIKE '50%:x';
CREATE ALGORITHM=MERGE VIEW checked AS SELECT film_id, rate FROM film WHERE rate > 1 WITH LOCAL CHECK OPTION;
CREATE FUNCTION inventory(p_id INT, q VARCHAR(20) CHARACTER SET latin1) RETURNS VARCHAR(30)
  CHARSET utf8mb4 READS SQL DATA
BEGIN
  DECLARE v INT; -- :x 100%
  SELECT COUNT(*) INTO v FROM film; RETURN concat('a\\b', v);
END;
CREATE PROCEDURE report(IN a INT, OUT b INT, INOUT c DECIMAL(5,2)) SQL SECURITY INVOKER COMMENT 'It''s a report'
BEGIN SELECT a INTO b; END;
CREATE TRIGGER z_first BEFORE INSERT ON film FOR EACH ROW SET NEW.title = concat(NEW.title, ':x');
CREATE TRIGGER a_second BEFORE INSERT ON film FOR EACH ROW FOLLOWS z_first SET NEW.rate = 2;
CREATE TRIGGER `Odd trigger` AFTER DELETE ON film FOR EACH ROW
BEGIN
  INSERT INTO memory_one VALUES (OLD.film_id, 1);
END
"""
SCRIPTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "mariadb": MARIADB}


def nasty(engine_name: str) -> list[str]:
    """The statements that make the schema."""
    return [statement.strip() for statement in pieces(SCRIPTS[engine_name].strip())]


def pieces(script: str) -> list[str]:
    """The statements of a script; one that has a body ends at its ``END``."""
    found: list[str] = []
    for piece in script.split(";\n"):
        before = found[-1] if found else ""
        is_inside = "BEGIN" in before.upper().split() and not before.rstrip().upper().endswith("END")
        if is_inside and "$$" not in before and "$_$" not in before and "'BEGIN" not in before:
            found[-1] = f"{before};\n{piece}"
        else:
            found.append(piece)
    return found
