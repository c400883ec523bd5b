package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A ledger, slow and obvious. */
public final class ModelLedger implements Book {
    private final State state = new State();
    private final AccountRules accountRules = new AccountRules(state);
    private final TransferRules transferRules = new TransferRules(state);

    /** For tests that look at more than a user can. */
    public State state() {
        return state;
    }

    @Override
    public List<Result> createAccounts(List<Account> events, long timestamp) {
        return create(accountRules, events, timestamp);
    }

    @Override
    public List<Result> createTransfers(List<Transfer> events, long timestamp) {
        return create(transferRules, events, timestamp);
    }

    /** The loop over a request, and its chains. */
    private <E, S extends Enum<S>> List<Result> create(Rules<E, S> rules, List<E> events, long timestamp) {
        List<Result> results = new ArrayList<>();
        int chainStart = -1;
        boolean chainBroken = false;
        for (int i = 0; i < events.size(); i++) {
            E event = events.get(i);
            long tick = timestamp - events.size() + i + 1;
            boolean last = i == events.size() - 1;
            if (rules.isLinked(event) && chainStart < 0) {
                chainStart = i;
                chainBroken = false;
                state.beginChain();
            }
            boolean inChain = chainStart >= 0;

            Rules.Verdict<S> verdict = verdict(
                    rules, event, tick, timestamp, last, inChain && chainBroken, rules.isImported(events.getFirst()));
            results.add(new Result(verdict.timestamp(), rules.number(verdict.status())));

            boolean failed = verdict.status() != rules.common().created();
            if (failed && inChain && !chainBroken) {
                chainBroken = true;
                state.rollBackChain();
                for (int member = chainStart; member < i; member++) {
                    int linkedFailed = rules.number(rules.common().linkedFailed());
                    results.set(member, new Result(results.get(member).timestamp(), linkedFailed));
                }
            }
            if (failed) {
                rules.failed(event, verdict.status());
            }
            if (inChain && (!rules.isLinked(event) || last)) {
                if (!chainBroken) {
                    state.keepChain();
                }
                chainStart = -1;
            }
        }
        return results;
    }

    private static <E, S extends Enum<S>> Rules.Verdict<S> verdict(
            Rules<E, S> rules,
            E event,
            long tick,
            long timestamp,
            boolean last,
            boolean chainBroken,
            boolean importing) {
        Rules.Common<S> common = rules.common();
        if (rules.isLinked(event) && last) {
            return new Rules.Verdict<>(common.chainOpen(), tick);
        }
        if (chainBroken) {
            return new Rules.Verdict<>(common.linkedFailed(), tick);
        }
        if (rules.isImported(event) && !importing) {
            return new Rules.Verdict<>(common.importedNotExpected(), tick);
        }
        if (!rules.isImported(event) && importing) {
            return new Rules.Verdict<>(common.importedExpected(), tick);
        }
        if (importing) {
            if (rules.timestamp(event) <= 0) { // as an unsigned number: 0, or beyond 2^63 - 1
                return new Rules.Verdict<>(common.timestampOutOfRange(), tick);
            }
            if (rules.timestamp(event) >= timestamp) {
                return new Rules.Verdict<>(common.timestampMustNotAdvance(), tick);
            }
        } else if (rules.timestamp(event) != 0) {
            return new Rules.Verdict<>(common.timestampMustBeZero(), tick);
        }
        return rules.check(event, tick);
    }

    @Override
    public long nextExpiry() {
        Transfer next = state.nextToExpire();
        return next == null ? Long.MAX_VALUE : next.expiresAt();
    }

    @Override
    public int expire(long timestamp) {
        int expired = 0;
        while (expired < MAX_EXPIRIES && nextExpiry() <= timestamp) {
            long tick = timestamp - MAX_EXPIRIES + 1 + expired;
            transferRules.expire(Objects.requireNonNull(state.nextToExpire()), tick);
            expired++;
        }
        return expired;
    }

    @Override
    public List<Account> lookupAccounts(List<BigInteger> ids) {
        return ids.stream().map(state::account).filter(Objects::nonNull).toList();
    }

    @Override
    public List<Transfer> lookupTransfers(List<BigInteger> ids) {
        return ids.stream().map(state::transfer).filter(Objects::nonNull).toList();
    }

    @Override
    public List<Transfer> accountTransfers(AccountFilter filter) {
        return filter.isValid()
                ? rows(state.transfers(), filter::matches, filter.has(AccountFilter.REVERSED), filter.limit())
                : List.of();
    }

    @Override
    public List<Balance> accountBalances(AccountFilter filter) {
        Account account = state.account(filter.accountId());
        if (!filter.isValid() || account == null || !account.has(Account.HISTORY)) {
            return List.of();
        }
        return rows(
                        state.events(),
                        it -> it.kind() != ChangeEvent.Kind.EXPIRED && filter.matches(it.transfer()),
                        filter.has(AccountFilter.REVERSED),
                        filter.limit())
                .stream()
                .map(it -> Balance.of(
                        it.debit().id().equals(filter.accountId()) ? it.debit() : it.credit(), it.timestamp()))
                .toList();
    }

    @Override
    public List<Account> queryAccounts(QueryFilter filter) {
        return filter.isValid()
                ? rows(state.accounts(), filter::matches, filter.isReversed(), filter.limit())
                : List.of();
    }

    @Override
    public List<Transfer> queryTransfers(QueryFilter filter) {
        return filter.isValid()
                ? rows(state.transfers(), filter::matches, filter.isReversed(), filter.limit())
                : List.of();
    }

    @Override
    public List<ChangeRow> changeEvents(ChangeEventsFilter filter) {
        if (!filter.isValid()) {
            return List.of();
        }
        List<ChangeEvent> byTimestamp = state.events().stream()
                .sorted(Comparator.comparingLong(ChangeEvent::timestamp))
                .toList();
        return rows(byTimestamp, filter::matches, false, filter.limit()).stream()
                .map(ChangeRow::of)
                .toList();
    }

    @Override
    public List<Transfer> search(TransferSearch search, long timestamp) {
        Map<BigInteger, State.PendingStatus> statuses = statusesAt(timestamp);
        return rows(
                state.transfers(),
                it -> it.timestamp() <= timestamp
                        && search.matches(it)
                        && (search.status() == null || search.status() == statuses.get(it.id())),
                search.fields().isReversed(),
                search.fields().limit());
    }

    /** What had become of each pending transfer by a time. */
    private Map<BigInteger, State.PendingStatus> statusesAt(long timestamp) {
        Map<BigInteger, State.PendingStatus> statuses = new HashMap<>();
        for (ChangeEvent event : state.events()) {
            Transfer t = event.transfer();
            if (event.timestamp() <= timestamp) {
                switch (event.kind()) {
                    case SINGLE -> {}
                    case PENDING -> statuses.put(t.id(), State.PendingStatus.PENDING);
                    case POSTED -> statuses.put(t.pendingId(), State.PendingStatus.POSTED);
                    case VOIDED -> statuses.put(t.pendingId(), State.PendingStatus.VOIDED);
                    case EXPIRED -> statuses.put(t.id(), State.PendingStatus.EXPIRED);
                }
            }
        }
        return statuses;
    }

    @Override
    public List<Balance> balance(BigInteger account, long timestamp) {
        Account now = state.account(account);
        if (now == null || now.timestamp() > timestamp) {
            return List.of();
        }
        return state.events().reversed().stream()
                .filter(it -> it.touches(account) && it.timestamp() <= timestamp)
                .findFirst()
                .map(it ->
                        List.of(Balance.of(it.debit().id().equals(account) ? it.debit() : it.credit(), it.timestamp())))
                .orElse(List.of(new Balance(U128.ZERO, U128.ZERO, U128.ZERO, U128.ZERO, now.timestamp())));
    }

    @Override
    public List<Sum> sums(SumsAsked asked, long timestamp) {
        long length = asked.minutes() * 60_000_000_000L;
        Map<List<Long>, Sum> sums = new HashMap<>();
        for (ChangeEvent event : state.events()) {
            Transfer t = event.transfer();
            if (event.kind() != ChangeEvent.Kind.EXPIRED
                    && t.timestamp() <= timestamp
                    && QueryFilter.isWithin(t.timestamp(), asked.timestampMin(), asked.timestampMax())
                    && (asked.ledger() == 0 || asked.ledger() == t.ledger())
                    && (asked.code() == 0 || asked.code() == t.code())) {
                long start = t.timestamp() - t.timestamp() % length;
                Sum one = new Sum(start, t.ledger(), t.code(), event.kind(), 1, t.amount());
                sums.merge(
                        List.of(start, t.ledger(), (long) t.code(), (long) event.kind().number),
                        one,
                        (before, _) -> new Sum(
                                start,
                                t.ledger(),
                                t.code(),
                                event.kind(),
                                before.count() + 1,
                                before.amount().add(t.amount())));
            }
        }
        return sums.values().stream()
                .sorted(Comparator.comparingLong(Sum::start)
                        .thenComparingLong(Sum::ledger)
                        .thenComparingInt(Sum::code)
                        .thenComparing(Sum::kind))
                .toList();
    }

    @Override
    public List<ChangeRow> tail(long fromSequence, int limit) {
        return state.events().stream()
                .skip(fromSequence - 1)
                .limit(limit)
                .map(ChangeRow::of)
                .toList();
    }

    /** At most {@code limit} of what matches, in the order given or against it. */
    private static <T> List<T> rows(List<T> all, Predicate<T> matching, boolean reversed, long limit) {
        Stream<T> ordered = reversed ? all.reversed().stream() : all.stream();
        return ordered.filter(matching).limit(Math.min(limit, MAX_ROWS)).toList();
    }
}
