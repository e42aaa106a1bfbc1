BEGIN;

-- By hand: a column is added instead of the table redefined, which a running server would notice.
ALTER TABLE "client_credential" ADD COLUMN "type" TEXT NOT NULL DEFAULT 'zgw';

COMMIT;
