-- By hand: dead letters are read in the order of acceptance, a window at a time. A period is found by it too, so that no
-- statement needs the dead of a message any more.
CREATE INDEX "delivery_done_dead_key_idx" ON "delivery_done"("sequence", "abonnement_id") WHERE "outcome" = 'dead';
DROP INDEX "delivery_done_dead_notificatie_idx";
