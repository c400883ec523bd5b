package io.thalweg.memo.peering;

import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Limits;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The body of a heartbeat: a memo like any other, though never stored, peered or scored.
 *
 * <pre>
 * beat := version:u8=1 slab:16 start:i64 number:i64 lifetime:i64 domain address free:i64 leaving:u8 follows:u8 arrived:i64
 *         tenants:u16 (tenant:16 sum:16 count:i64){tenants} others:u16 (slab:16 address){others}
 * </pre>
 *
 * @param slab who beats
 * @param start how often the slab was started; numbers of beats and the order of messages begin anew with each
 * @param number grows by one with each beat
 * @param lifetimeSeconds how long it expects to live
 * @param domain its path of failure domains; empty when it does not know
 * @param address where it can be reached; empty when it dials out only
 * @param freeBytes how much it would still accept
 * @param leaving whether it is about to go for good
 * @param follows whether it wants all memos of its tenants, or only keeps what is offered to it
 * @param arrived the number of the memo that came last
 * @param digests of what it knows, for each tenant that it serves
 * @param others some slabs that it hears
 */
public record Beat(
        UUID slab,
        long start,
        long number,
        long lifetimeSeconds,
        String domain,
        String address,
        long freeBytes,
        boolean leaving,
        boolean follows,
        long arrived,
        List<TenantDigest> digests,
        List<Other> others) {
    public static final int TENANTS_MAX = 1024;
    public static final int OTHERS_MAX = 16;
    private static final int VERSION = 1;

    /** Who the tenant of a heartbeat is: nobody. */
    public static final TenantId NOBODY = new TenantId(new UUID(0, 0));

    /** What a slab knows of a tenant. */
    public record TenantDigest(TenantId tenant, Digest digest) {}

    /** Another slab and where it was reached. */
    public record Other(UUID slab, String address) {}

    public Memo memo() {
        BinaryWriter out = new BinaryWriter(256)
                .u8(VERSION)
                .rfcUuid(slab)
                .i64(start)
                .i64(number)
                .i64(lifetimeSeconds)
                .text(domain)
                .text(address)
                .i64(freeBytes)
                .bool(leaving)
                .bool(follows)
                .i64(arrived)
                .u16(digests.size());
        for (TenantDigest each : digests) {
            out.rfcUuid(each.tenant.value())
                    .i64(each.digest.high())
                    .i64(each.digest.low())
                    .i64(each.digest.count());
        }
        out.u16(others.size());
        others.forEach(other -> out.rfcUuid(other.slab).text(other.address));
        return new Memo(NOBODY, Kind.BEAT, null, null, List.of(), List.of(), out.toByteArray());
    }

    public static Beat of(Memo memo) {
        if (memo.kind() != Kind.BEAT) {
            throw new MalformedException(memo + " is no beat");
        }
        BinaryReader in = new BinaryReader(memo.body());
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException("beat of version " + version + ", this build knows " + VERSION);
        }
        UUID slab = in.rfcUuid();
        long start = in.i64();
        long number = in.i64();
        long lifetime = in.i64();
        String domain = name(in);
        String address = name(in);
        long free = in.i64();
        boolean leaving = in.bool();
        boolean follows = in.bool();
        long arrived = in.i64();
        List<TenantDigest> digests = new ArrayList<>();
        for (int left = bounded(in.u16(), TENANTS_MAX); left > 0; left--) {
            digests.add(new TenantDigest(new TenantId(in.rfcUuid()), new Digest(in.i64(), in.i64(), in.i64())));
        }
        List<Other> others = new ArrayList<>();
        for (int left = bounded(in.u16(), OTHERS_MAX); left > 0; left--) {
            others.add(new Other(in.rfcUuid(), name(in)));
        }
        in.end();
        if (lifetime <= 0 || arrived < 0 || free < 0) {
            throw new MalformedException("a beat with a lifetime of " + lifetime + " s, " + arrived + " arrivals and "
                    + free + " bytes free");
        }
        return new Beat(
                slab, start, number, lifetime, domain, address, free, leaving, follows, arrived, digests, others);
    }

    private static String name(BinaryReader in) {
        String name = in.text();
        if (name.getBytes(StandardCharsets.UTF_8).length > 2 * Limits.MAX_NAME_BYTES) {
            throw new MalformedException("a domain or address of more than " + 2 * Limits.MAX_NAME_BYTES + " bytes");
        }
        return name;
    }

    private static int bounded(int count, int most) {
        if (count > most) {
            throw new MalformedException(count + " entries in a beat; at most " + most);
        }
        return count;
    }
}
