package io.thalweg.directory.machine;

import io.thalweg.directory.ApiKey;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Draft;
import io.thalweg.directory.Invitation;
import io.thalweg.directory.InvitationId;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Names;
import io.thalweg.directory.Parts;
import io.thalweg.directory.Pending;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Role;
import io.thalweg.directory.SlotSplit;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.Usage;
import io.thalweg.directory.User;
import io.thalweg.directory.View;
import io.thalweg.directory.View.Skip;
import io.thalweg.directory.View.Wanted;
import io.thalweg.directory.ViewCode;
import io.thalweg.directory.ViewOptions;
import io.thalweg.directory.ViewVersion;
import io.thalweg.directory.Want;
import io.thalweg.directory.cluster.ClusterCodec;
import io.thalweg.directory.map.PersistentMap;
import io.thalweg.directory.placement.PlacementMachine;
import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ContentHash;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Slots;
import io.thalweg.model.TenantId;
import io.thalweg.model.UserId;
import io.thalweg.model.ViewId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The directory in a snapshot: version, then all tenants by identifier, each with its logs, views, keys, users and
 * invitations by identifier. Indexes are not stored; reading builds them anew and checks with that that nothing is there
 * twice and nothing names what is not there.
 *
 * <pre>
 * directory := format:u8 (7, or 8 if the cluster has a version; 2 more if a log names views, 4 if a view in Java has states or options) version:i64 dataShards:i32
 *              tenants pending placement cluster
 * tenants   := count:i32 tenant*
 * tenant    := id name createdNs limits reserved usage componentsFrom javaViews:bool logs ledgers views keys users invitations
 * logs, …   := count:i32 item*
 * pending   := count:i32 decision*                         by version
 * decision  := version:i64 tenant kind:u8 (0 nothing comes | 1 log | 2 ledger) [log | ledger] shards:i32 (shard:i32 wants)*
 * wants     := see {@link Want}
 * placement := see {@link io.thalweg.directory.placement.PlacementMachine}
 * cluster   := see {@link ClusterCodec}
 * </pre>
 *
 * Of a log {@code full:bool [count:i32 name*]} comes last from format 9 on. From format 11 on each version of a view says its state (0 for that of the view, 1 or, where it begins as a copy, 2, and its log), and the view its options and whether it is taking over. Format 6 had no {@code cluster}. Format 3 had no {@code javaViews}. Format 2, before shards confirmed, had one shard and nothing pending. Format 1, before there were ledgers, had no {@code ledgers}, neither
 * in tenants nor in keys. All are still read.
 */
final class StateCodec {
    private static final int FORMAT = 12;

    /** The newest that is written as long as no log names views. */
    private static final int FORMAT_WITHOUT_FULL = 8;

    /** From a format without names to the same with them. */
    private static final int WITH_FULL = 2;

    /** The newest that is written as long as no view has states or options. */
    private static final int FORMAT_WITHOUT_STATES = 10;

    /** From a format with neither to the same with both. */
    private static final int WITH_STATES = 4;

    /** Written as long as the cluster has no version, for nodes that know no later one. */
    private static final int FORMAT_WITHOUT_VERSION = 7;

    private static final int FORMAT_WITHOUT_CLUSTER = 6;
    private static final int FORMAT_WITHOUT_SPLITS = 5;
    private static final int FORMAT_WITHOUT_JAVA = 3;
    private static final int FORMAT_WITHOUT_PLACEMENT = 2;
    private static final int FORMAT_WITHOUT_LEDGERS = 1;

    /** The state of a version of a view: that of the view, its own, or its own that begins as a copy. */
    private static final int STATE_OF_VIEW = 0;

    private static final int STATE_OF_ITS_OWN = 1;
    private static final int STATE_COPIED = 2;

    private static final int NOTHING_COMES = 0;
    private static final int LOG_COMES = 1;
    private static final int LEDGER_COMES = 2;
    private static final int PARTITION_COMES = 3;

    private StateCodec() {}

    static void write(Directory directory, PlacementMachine placement, BinaryWriter out) {
        int format = format(directory);
        out.u8(format)
                .i64(directory.version())
                .i32(directory.dataShards())
                .i32(directory.tenants().size());
        directory.tenants().forEach(tenant -> write(tenant, out, format));
        out.i32(directory.pending().size());
        directory.pending().forEach(decision -> write(decision, out, format));
        placement.save(out);
        ClusterCodec.write(directory.cluster(), out);
    }

    /** The oldest that has all of it. */
    private static int format(Directory directory) {
        boolean named = directory.tenants().stream()
                .flatMap(tenant -> tenant.logs().stream())
                .anyMatch(log -> log.full() != null);
        boolean beside = directory.tenants().stream()
                .flatMap(tenant -> tenant.views().stream())
                .anyMatch(view -> view.hasStates() || !view.options().equals(ViewOptions.NONE));
        return (directory.cluster().version() > 0 ? FORMAT_WITHOUT_FULL : FORMAT_WITHOUT_VERSION)
                + (beside ? WITH_STATES : named ? WITH_FULL : 0);
    }

    /** Reads a directory back, and with it its shard's half of placement. */
    static Directory read(BinaryReader in, PlacementMachine placement) {
        int format = in.u8();
        if (format < FORMAT_WITHOUT_LEDGERS || format > FORMAT) {
            throw new MalformedException("directory has format " + format + ", expected " + FORMAT);
        }
        long version = in.i64();
        require(version >= 0, "the directory's version is negative");
        Draft draft = new Draft(Directory.EMPTY);
        if (format > FORMAT_WITHOUT_PLACEMENT) {
            int dataShards = in.i32();
            require(dataShards >= 0 && dataShards <= Bounds.MAX_DATA_SHARDS, dataShards + " shards for data");
            draft.openShards(dataShards);
        }
        for (int left = in.count(16); left > 0; left--) {
            readTenant(in, draft, format);
        }
        if (format > FORMAT_WITHOUT_PLACEMENT) {
            for (int left = in.count(24); left > 0; left--) {
                readPending(in, draft, version, format);
            }
            placement.load(in);
        }
        if (format > FORMAT_WITHOUT_CLUSTER) {
            boolean isVersioned = format == FORMAT_WITHOUT_FULL || format == FORMAT_WITHOUT_STATES || format == FORMAT;
            draft.put(ClusterCodec.readState(in, isVersioned));
        }
        return draft.toDirectory(version);
    }

    private static void write(Tenant tenant, BinaryWriter out, int format) {
        out.uuid(tenant.id().value()).text(tenant.name()).i64(tenant.createdNs());
        Parts.write(tenant.limits(), out);
        Parts.write(tenant.reserved(), out);
        Usage usage = tenant.usage();
        out.i32(usage.cycle())
                .i64(usage.storageKibSeconds())
                .i64(usage.computeNs())
                .i64(usage.dataOutBytes())
                .i64(tenant.componentsFrom())
                .bool(tenant.javaViews());
        out.i32(tenant.logs().size());
        tenant.logs().forEach(log -> write(log, out, format));
        out.i32(tenant.ledgers().size());
        tenant.ledgers().forEach(ledger -> write(ledger, out));
        out.i32(tenant.views().size());
        tenant.views().forEach(view -> write(view, out, format > FORMAT_WITHOUT_STATES));
        out.i32(tenant.keys().size());
        tenant.keys().forEach(key -> write(key, out));
        out.i32(tenant.users().size());
        tenant.users().forEach(user -> write(user, out));
        out.i32(tenant.invitations().size());
        tenant.invitations().forEach(invitation -> write(invitation, out));
    }

    private static void readTenant(BinaryReader in, Draft draft, int format) {
        boolean withLedgers = format != FORMAT_WITHOUT_LEDGERS;
        TenantId id = new TenantId(in.uuid());
        String name = text(in);
        require(draft.tenant(id) == null && !draft.hasTenantName(name), "two tenants are the same");
        Tenant tenant = Tenant.empty(id, name, in.i64(), Parts.readLimits(in), Parts.readReserved(in))
                .withUsage(new Usage(in.i32(), in.i64(), in.i64(), in.i64()))
                .withComponentsFrom(in.i64())
                .withJavaViews(format > FORMAT_WITHOUT_JAVA && in.bool());
        draft.put(tenant);
        for (int left = in.count(16); left > 0; left--) {
            Log log = readLog(in, draft, format);
            require(!draft.hasLog(log.id()) && tenant.log(log.name()).isEmpty(), "two logs are the same");
            tenant = draft.put(tenant, log);
        }
        for (Log log : tenant.reserved().toLogs(0)) {
            Optional<Log> found = tenant.log(log.id());
            require(found.isPresent() && found.get().name().equals(log.name()), "a tenant lacks log " + log.name());
        }
        for (int left = withLedgers ? in.count(16) : 0; left > 0; left--) {
            NamedLedger ledger = readLedger(in, draft);
            require(
                    !draft.hasLedger(ledger.id())
                            && tenant.ledger(ledger.name()).isEmpty(),
                    "two ledgers are the same");
            tenant = draft.put(tenant, ledger);
        }
        for (int left = in.count(16); left > 0; left--) {
            View view = readView(in, format > FORMAT_WITHOUT_STATES);
            require(
                    view.isJava() || tenant.source(view.log()).isPresent(),
                    "a view follows a log or ledger that its tenant does not have");
            require(
                    !draft.hasView(view.id())
                            && tenant.view(view.log(), view.name()).isEmpty(),
                    "two views are the same");
            tenant = draft.put(tenant, view);
        }
        for (int left = in.count(16); left > 0; left--) {
            ApiKey key = readKey(in, withLedgers);
            SecretHash previous = key.previous();
            require(
                    tenant.key(key.id()).isEmpty()
                            && !draft.hasKeySecret(key.secret())
                            && (previous == null || !draft.hasKeySecret(previous)),
                    "two keys are the same");
            tenant = draft.put(tenant, key);
        }
        for (int left = in.count(16); left > 0; left--) {
            User user = readUser(in);
            require(user.email().equals(Names.canonicalEmail(user.email())), "an address is not in its stored form");
            require(
                    tenant.user(user.id()).isEmpty()
                            && tenant.user(user.email()).isEmpty(),
                    "two users are the same");
            tenant = draft.put(tenant, user);
        }
        for (int left = in.count(16); left > 0; left--) {
            Invitation invitation = readInvitation(in);
            require(
                    tenant.invitations().stream().noneMatch(other -> other.id().equals(invitation.id())),
                    "two invitations are the same");
            tenant = draft.put(tenant, invitation);
        }
    }

    private static void write(Log log, BinaryWriter out, int format) {
        out.uuid(log.id().value()).text(log.name()).i32(log.partitions());
        log.shards().forEach(out::i32);
        Parts.write(log.retention(), out);
        out.i64(log.createdNs()).i32(log.splits().size());
        log.splits().forEach(split -> write(split, out));
        if (format > FORMAT_WITHOUT_FULL) {
            Parts.writeNames(log.full(), out);
        }
    }

    private static void write(SlotSplit split, BinaryWriter out) {
        out.i32(split.from()).i32(split.first()).i32(split.last());
    }

    private static SlotSplit readSplit(BinaryReader in, int partitions) {
        SlotSplit split = new SlotSplit(in.i32(), in.i32(), in.i32());
        require(
                split.from() >= 0
                        && split.from() < partitions
                        && split.first() >= 0
                        && split.first() <= split.last()
                        && split.last() < Slots.COUNT,
                "a log of " + partitions + " partitions has " + split);
        return split;
    }

    private static Log readLog(BinaryReader in, Draft draft, int format) {
        LogId id = new LogId(in.uuid());
        String name = text(in);
        int partitions = in.i32();
        require(partitions >= 1 && partitions <= Bounds.MAX_PARTITIONS, "a log has " + partitions + " partitions");
        List<Integer> shards = new ArrayList<>(partitions);
        while (shards.size() < partitions) {
            int shard = readShard(in, draft);
            shards.addAll(Collections.nCopies(format > FORMAT_WITHOUT_PLACEMENT ? 1 : partitions, shard));
        }
        Retention retention = Parts.readRetention(in);
        long createdNs = in.i64();
        List<SlotSplit> splits = new ArrayList<>();
        for (int left = format > FORMAT_WITHOUT_SPLITS ? in.count(12) : 0; left > 0; left--) {
            require(splits.size() < partitions - 1, "a log has no partition that it began with");
            splits.add(readSplit(in, partitions - left));
        }
        List<String> full = format > FORMAT_WITHOUT_FULL ? Parts.readNames(in, Bounds.MAX_FULL) : null;
        return new Log(id, name, shards, retention, createdNs, splits, full);
    }

    private static int readShard(BinaryReader in, Draft draft) {
        int shard = in.i32();
        require(shard >= 0 && shard <= draft.dataShards(), "there is no shard " + shard);
        return shard;
    }

    private static void write(NamedLedger ledger, BinaryWriter out) {
        out.uuid(ledger.id().value()).text(ledger.name()).i32(ledger.shard()).i64(ledger.createdNs());
    }

    private static NamedLedger readLedger(BinaryReader in, Draft draft) {
        return new NamedLedger(new LedgerId(in.uuid()), text(in), readShard(in, draft), in.i64());
    }

    private static void write(Pending decision, BinaryWriter out, int format) {
        out.i64(decision.version()).uuid(decision.tenant().value());
        Log log = decision.log();
        NamedLedger ledger = decision.ledger();
        Pending.Split split = decision.split();
        out.u8(
                log != null
                        ? LOG_COMES
                        : ledger != null ? LEDGER_COMES : split != null ? PARTITION_COMES : NOTHING_COMES);
        if (log != null) {
            write(log, out, format);
        }
        if (ledger != null) {
            write(ledger, out);
        }
        if (split != null) {
            write(split.slots(), out.uuid(split.log().value()));
        }
        out.i32(decision.wants().size());
        decision.wants().forEach((shard, wants) -> {
            out.i32(shard);
            Want.write(wants, out);
        });
    }

    private static void readPending(BinaryReader in, Draft draft, long newest, int format) {
        long version = in.i64();
        require(version > 0 && version <= newest && draft.pending(version) == null, "decision " + version);
        TenantId tenant = new TenantId(in.uuid());
        int kind = in.u8();
        require(kind <= PARTITION_COMES, "what comes is of kind " + kind);
        Log log = kind == LOG_COMES ? readLog(in, draft, format) : null;
        NamedLedger ledger = kind == LEDGER_COMES ? readLedger(in, draft) : null;
        Pending.Split split = kind == PARTITION_COMES
                ? new Pending.Split(new LogId(in.uuid()), readSplit(in, Bounds.MAX_PARTITIONS))
                : null;
        require(log == null || !draft.hasLog(log.id()), "a log that comes is there");
        require(ledger == null || !draft.hasLedger(ledger.id()), "a ledger that comes is there");
        PersistentMap<Integer, List<Want>> wants = PersistentMap.empty();
        for (int left = in.count(8); left > 0; left--) {
            wants = wants.with(readShard(in, draft), Want.read(in));
        }
        require(!wants.isEmpty(), "decision " + version + " is done");
        draft.put(new Pending(version, tenant, log, ledger, split, wants));
    }

    private static void write(View view, BinaryWriter out, boolean states) {
        out.uuid(view.id().value())
                .uuid(view.log().value())
                .text(view.name())
                .bool(view.wanted() == Wanted.PAUSED)
                .i32(view.active())
                .i32(view.candidate())
                .i32(view.previous())
                .i32(view.latest())
                .i32(view.versions().size());
        for (ViewVersion version : view.versions()) {
            out.i32(version.number());
            Parts.write(version.code(), out);
            out.i32(version.skipped().size());
            version.skipped().forEach(skip -> out.i32(skip.partition()).i64(skip.sequence()));
            out.i64(version.deployedNs());
            LogId state = version.state();
            if (states) {
                out.u8(state == null ? STATE_OF_VIEW : version.copied() ? STATE_COPIED : STATE_OF_ITS_OWN);
                if (state != null) {
                    out.uuid(state.value());
                }
            }
        }
        out.i64(view.createdNs());
        if (states) {
            view.options().write(out);
            out.bool(view.takingOver());
        }
    }

    private static View readView(BinaryReader in, boolean states) {
        ViewId id = new ViewId(in.uuid());
        LogId log = new LogId(in.uuid());
        String name = text(in);
        Wanted wanted = in.bool() ? Wanted.PAUSED : Wanted.RUNNING;
        int active = in.i32();
        int candidate = in.i32();
        int previous = in.i32();
        int latest = in.i32();
        List<ViewVersion> versions = readVersions(in, states);
        long createdNs = in.i64();
        ViewOptions options = states ? ViewOptions.read(in) : ViewOptions.NONE;
        String fault = options.fault();
        require(fault == null, "view " + id + ": " + fault);
        View view = new View(
                id,
                log,
                name,
                wanted,
                active,
                candidate,
                previous,
                latest,
                versions,
                createdNs,
                options,
                states && in.bool());
        require(
                view.version(active).isPresent()
                        && (candidate == 0 || view.version(candidate).isPresent())
                        && (previous == 0 || view.version(previous).isPresent())
                        && versions.getLast().number() <= latest,
                "view " + id + " names a version that it does not have");
        return view;
    }

    private static List<ViewVersion> readVersions(BinaryReader in, boolean states) {
        List<ViewVersion> versions = new ArrayList<>();
        for (int left = in.count(ContentHash.BYTES); left > 0; left--) {
            int number = in.i32();
            ViewCode code = Parts.readCode(in);
            List<Skip> skipped = readSkipped(in);
            long deployedNs = in.i64();
            int state = states ? in.u8() : STATE_OF_VIEW;
            require(state <= STATE_COPIED, "a version of a view has a state of kind " + state);
            ViewVersion version = new ViewVersion(
                    number,
                    code,
                    skipped,
                    deployedNs,
                    state == STATE_OF_VIEW ? null : new LogId(in.uuid()),
                    state == STATE_COPIED);
            require(
                    versions.isEmpty()
                            ? version.number() > 0
                            : versions.getLast().number() < version.number(),
                    "versions of a view are not in order");
            versions.add(version);
        }
        require(versions.size() <= View.MAX_VERSIONS, "a view has " + versions.size() + " versions");
        return versions;
    }

    private static List<Skip> readSkipped(BinaryReader in) {
        List<Skip> skipped = new ArrayList<>();
        for (int left = in.count(12); left > 0; left--) {
            Skip skip = new Skip(in.i32(), in.i64());
            require(skipped.isEmpty() || skipped.getLast().compareTo(skip) < 0, "skipped events are not in order");
            skipped.add(skip);
        }
        return skipped;
    }

    static void write(ApiKey key, BinaryWriter out) {
        out.uuid(key.id().value()).text(key.name());
        key.secret().digest().write(out);
        SecretHash previous = key.previous();
        out.bool(previous != null);
        if (previous != null) {
            previous.digest().write(out);
        }
        out.i64(key.previousUntilNs())
                .i32(key.generation())
                .u8(key.role().number())
                .i64(key.expiresNs())
                .bool(key.readOnly());
        Parts.writeLogs(key.logs(), out);
        Parts.writeLedgers(key.ledgers(), out);
        out.i64(key.createdNs());
    }

    static ApiKey readKey(BinaryReader in, boolean withLedgers) {
        return new ApiKey(
                new KeyId(in.uuid()),
                text(in),
                new SecretHash(ContentHash.read(in)),
                in.bool() ? new SecretHash(ContentHash.read(in)) : null,
                in.i64(),
                in.i32(),
                Role.ofNumber(in.u8()),
                in.i64(),
                in.bool(),
                Parts.readLogs(in),
                withLedgers ? Parts.readLedgers(in) : null,
                in.i64());
    }

    private static void write(User user, BinaryWriter out) {
        out.uuid(user.id().value())
                .text(user.email())
                .text(user.password().text())
                .i32(user.generation())
                .u8(user.role().number())
                .i64(user.createdNs());
    }

    private static User readUser(BinaryReader in) {
        return new User(
                new UserId(in.uuid()),
                text(in),
                new PasswordHash(text(in)),
                in.i32(),
                Role.ofNumber(in.u8()),
                in.i64());
    }

    private static void write(Invitation invitation, BinaryWriter out) {
        out.uuid(invitation.id().value())
                .text(invitation.email())
                .u8(invitation.role().number());
        invitation.token().digest().write(out);
        out.i64(invitation.createdNs()).i64(invitation.expiresNs());
    }

    private static Invitation readInvitation(BinaryReader in) {
        return new Invitation(
                new InvitationId(in.uuid()),
                text(in),
                Role.ofNumber(in.u8()),
                new SecretHash(ContentHash.read(in)),
                in.i64(),
                in.i64());
    }

    private static String text(BinaryReader in) {
        return Parts.text(in, Bounds.MAX_TEXT_BYTES);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new MalformedException(otherwise);
        }
    }
}
