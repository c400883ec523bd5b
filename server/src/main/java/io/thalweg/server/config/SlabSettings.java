package io.thalweg.server.config;

import io.thalweg.memo.durability.DomainRates;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.durability.Silence;
import io.thalweg.memo.slab.SlabOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How the slab of a process lives, and among whom.
 *
 * @param lifetime how long it expects to live
 * @param quotaBytes of memos that it holds before it lets go of some
 * @param join addresses of slabs to dial, {@code HOST:PORT} or a URL
 * @param domain what fails with it, {@code global/SITE/RACK/HOST}; empty when nobody said, which counts for less
 * @param secret a file that holds what all slabs of the deployment know; null when only those on the same machine may peer
 * @param beatSeconds the pause between two beats; the same for all slabs that peer
 * @param address where others reach it; empty for where its door listens
 * @param bandwidthBytes of memos that it sends in a second
 * @param histories objects that it keeps in memory
 * @param grants a file that says which slab may hold what of which tenants; null when all may hold everything
 */
public record SlabSettings(
        LifetimeClass lifetime,
        long quotaBytes,
        List<String> join,
        String domain,
        @Nullable Path secret,
        int beatSeconds,
        String address,
        long bandwidthBytes,
        int histories,
        @Nullable Path grants) {
    /** A long-lived one that knows nobody. */
    public static final SlabSettings DEFAULT = new SlabSettings(
            LifetimeClass.VERY_LONG,
            SlabOptions.Quotas.DEFAULT.storageBytes(),
            List.of(),
            "",
            null,
            10,
            "",
            SlabOptions.Quotas.DEFAULT.bandwidthBytesPerSecond(),
            SlabOptions.Quotas.DEFAULT.histories(),
            null);

    private static final long QUOTA_BYTES_MIN = 1 << 20;
    private static final int BEAT_SECONDS_MAX = 3600;
    private static final long BANDWIDTH_BYTES_MIN = 4 << 10;

    public SlabSettings {
        join = List.copyOf(join);
        if (quotaBytes < QUOTA_BYTES_MIN) {
            throw new ConfigException("slab.quota is " + quotaBytes + " bytes, expected at least " + QUOTA_BYTES_MIN);
        }
        if (bandwidthBytes < BANDWIDTH_BYTES_MIN) {
            throw new ConfigException("slab.bandwidth is " + bandwidthBytes + " bytes a second, expected at least "
                    + BANDWIDTH_BYTES_MIN);
        }
        if (histories < 1) {
            throw new ConfigException("slab.objects is " + histories + ", expected 1 or more");
        }
        if (beatSeconds < 1 || beatSeconds > BEAT_SECONDS_MAX) {
            throw new ConfigException(
                    "slab.beat is " + beatSeconds + ", expected 1 to " + BEAT_SECONDS_MAX + " seconds");
        }
        if (!domain.isEmpty() && !domain.matches("[A-Za-z0-9_.:-]{1,64}(/[A-Za-z0-9_.:-]{1,64}){0,7}")) {
            throw new ConfigException("slab.domain is '" + domain + "', expected a path such as global/dc1/r1/h7");
        }
        for (String each : join) {
            if (!each.matches("(https?://)?[^/\\s,]+:\\d{1,5}/?")) {
                throw new ConfigException("slab.join has '" + each + "', expected HOST:PORT or http://HOST:PORT");
            }
        }
    }

    /** A class of lifetime by its name in small letters. */
    static LifetimeClass lifetime(String word) {
        return Arrays.stream(LifetimeClass.values())
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElseThrow(() -> new ConfigException("slab.class is '" + word + "', expected one of "
                        + Arrays.toString(LifetimeClass.values()).toLowerCase(Locale.ROOT)));
    }

    public SlabSettings joining(List<String> others) {
        return new SlabSettings(
                lifetime, quotaBytes, others, domain, secret, beatSeconds, address, bandwidthBytes, histories, grants);
    }

    public SlabSettings beating(int seconds) {
        return new SlabSettings(
                lifetime, quotaBytes, join, domain, secret, seconds, address, bandwidthBytes, histories, grants);
    }

    public SlabSettings in(String place) {
        return new SlabSettings(
                lifetime, quotaBytes, join, place, secret, beatSeconds, address, bandwidthBytes, histories, grants);
    }

    public SlabSettings knowing(Path file) {
        return new SlabSettings(
                lifetime, quotaBytes, join, domain, file, beatSeconds, address, bandwidthBytes, histories, grants);
    }

    public SlabSettings granting(Path file) {
        return new SlabSettings(
                lifetime, quotaBytes, join, domain, secret, beatSeconds, address, bandwidthBytes, histories, file);
    }

    /** The same as the slab itself takes it; reads the file of grants. */
    public SlabOptions options() {
        SlabOptions.Quotas usual = SlabOptions.Quotas.DEFAULT;
        SlabOptions.Assumptions assumed = SlabOptions.Assumptions.DEFAULT;
        Silence silence = Silence.DEFAULT;
        return new SlabOptions(
                new SlabOptions.Place(domain, address, lifetime.seconds(), true),
                new SlabOptions.Quotas(quotaBytes, bandwidthBytes, histories, usual.packBytes()),
                new SlabOptions.Assumptions(
                        beatSeconds * 1_000_000_000L,
                        assumed.horizonSeconds(),
                        assumed.headroomNines(),
                        new Silence(beatSeconds, silence.beatLoss(), silence.outageRate(), silence.returnRate()),
                        DomainRates.USUAL),
                grants == null ? (_, _) -> true : SlabGrants.read(grants));
    }
}
