package io.thalweg.memo.slab;

import io.thalweg.memo.durability.DomainRates;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.durability.Silence;
import io.thalweg.model.TenantId;
import java.util.UUID;
import java.util.function.Predicate;

/** How a slab lives. */
public record SlabOptions(Place place, Quotas quotas, Assumptions assumptions, Grants grants) {

    /**
     * What a slab says of itself.
     *
     * @param domain its path of failure domains, e.g. {@code global/dc1/r1/host7}; empty when nobody said
     * @param address where other slabs reach it; empty when it dials out only
     * @param lifetimeSeconds how long it expects to live
     * @param follows whether it wants all memos of the tenants that it serves, or only keeps what is offered to it
     */
    public record Place(String domain, String address, long lifetimeSeconds, boolean follows) {
        /** Somewhere, for years, following everything. */
        public static final Place DEFAULT = new Place("", "", LifetimeClass.VERY_LONG.seconds(), true);
    }

    /**
     * What a slab may use.
     *
     * @param storageBytes of memos that it holds; above it lets go of what was not used for the longest. As many again of skeletons that others tell of
     * @param bandwidthBytesPerSecond of memos that it sends
     * @param histories objects that it keeps in memory
     * @param packBytes size of a pack
     */
    public record Quotas(long storageBytes, long bandwidthBytesPerSecond, int histories, int packBytes) {
        public static final Quotas DEFAULT = new Quotas(64L << 30, 64L << 20, 1024, 16 << 20);
    }

    /**
     * What its scores assume, and what follows from them.
     *
     * @param beatNs the pause between two beats, in nanoseconds
     * @param horizonSeconds the time to notice that a copy is gone and to make another
     * @param headroomNines how far above its target a memo must be before a copy may go
     * @param silence what silence of others says
     * @param domains what fails together
     */
    public record Assumptions(
            long beatNs, double horizonSeconds, double headroomNines, Silence silence, DomainRates domains) {
        public static final Assumptions DEFAULT =
                new Assumptions(10_000_000_000L, 3600, 2, Silence.DEFAULT, DomainRates.USUAL);
    }

    /** Which slab may hold memos of which tenant. */
    @FunctionalInterface
    public interface Grants {
        boolean mayHold(UUID slab, TenantId tenant);
    }

    /** The same, where nobody holds anything of some tenants. */
    SlabOptions without(Predicate<TenantId> tenants) {
        return new SlabOptions(
                place, quotas, assumptions, (slab, tenant) -> !tenants.test(tenant) && grants.mayHold(slab, tenant));
    }

    /** A long-lived slab that follows everything and trusts everybody. */
    public static final SlabOptions DEFAULT =
            new SlabOptions(Place.DEFAULT, Quotas.DEFAULT, Assumptions.DEFAULT, (_, _) -> true);
}
