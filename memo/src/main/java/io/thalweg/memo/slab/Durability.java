package io.thalweg.memo.slab;

import io.thalweg.memo.durability.Loss;
import java.util.List;
import java.util.UUID;

/** What one slab knows about the durability of one memo. */
public record Durability(Loss loss, double targetNines, double horizonSeconds, List<Copy> copies) {

    /** A verified copy. */
    public record Copy(UUID slab, boolean leaving, String domain, double silentSeconds) {}

    public double nines() {
        return loss.nines();
    }
}
