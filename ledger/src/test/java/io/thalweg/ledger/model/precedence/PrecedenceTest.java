package io.thalweg.ledger.model.precedence;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.model.AccountStatus;
import io.thalweg.ledger.model.Book;
import io.thalweg.ledger.model.EngineBook;
import io.thalweg.ledger.model.ModelLedger;
import io.thalweg.ledger.model.Stage;
import io.thalweg.ledger.model.TransferStatus;
import io.thalweg.ledger.model.precedence.TransferRehearsal.Role;
import io.thalweg.ledger.store.schema.StoreOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For every two failures that can happen together, the one is reported that the reference page names first. Each status has a
 * smallest fault that causes it; every two faults that do not contradict each other are put into one rehearsal.
 */
final class PrecedenceTest {
    /** Late enough for a timeout of 2^32 - 1 seconds to go beyond the last timestamp. */
    private static final long START = 5_000_000_000_000_000_000L;

    /** Only clients before 0.16.0 were told so; a transfer of nothing is legal since. */
    private static final Set<TransferStatus> UNREACHABLE = EnumSet.of(TransferStatus.AMOUNT_MUST_NOT_BE_ZERO);

    static List<Book> books() throws IOException {
        return List.of(new ModelLedger(), new EngineBook(false, StoreOptions.DEFAULT.withBarRecords(8192)));
    }

    @ParameterizedTest
    @MethodSource("books")
    void ofTwoThingsWrongWithATransferTheFirstIsReported(Book book) {
        Stage stage = new Stage(book, START);
        Set<TransferStatus> reported = EnumSet.noneOf(TransferStatus.class);
        int pairs = 0;
        for (Role role : Role.values()) {
            for (boolean imported : new boolean[] {false, true}) {
                pairs += tryAll(
                        TransferFaults.all(),
                        () -> new TransferRehearsal(role, imported, stage),
                        TransferRehearsal::perform,
                        it -> it.twin ? it.comparison() : List.of(TransferStatus.CREATED),
                        it -> it.code,
                        reported);
            }
        }
        System.out.println(pairs + " pairs of faults of transfers");
        assertThat(reported).containsExactlyInAnyOrderElementsOf(EnumSet.complementOf(EnumSet.copyOf(UNREACHABLE)));
    }

    @ParameterizedTest
    @MethodSource("books")
    void ofTwoThingsWrongWithAnAccountTheFirstIsReported(Book book) {
        Stage stage = new Stage(book, START);
        Set<AccountStatus> reported = EnumSet.noneOf(AccountStatus.class);
        int pairs = 0;
        for (boolean imported : new boolean[] {false, true}) {
            pairs += tryAll(
                    AccountFaults.all(),
                    () -> new AccountRehearsal(imported, stage),
                    AccountRehearsal::perform,
                    it -> it.twin ? it.comparison() : List.of(AccountStatus.CREATED),
                    it -> it.code,
                    reported);
        }
        System.out.println(pairs + " pairs of faults of accounts");
        assertThat(reported).containsExactlyInAnyOrder(AccountStatus.values());
    }

    /**
     * Tries no fault, each fault alone, and every two faults that go together.
     *
     * @param inherent what is reported, in this order, if no fault comes before it
     * @return how many pairs there were
     */
    private static <R, S extends Enum<S>> int tryAll(
            List<Fault<R, S>> faults,
            Supplier<R> rehearsals,
            Function<R, Integer> perform,
            Function<R, List<S>> inherent,
            Function<S, Integer> number,
            Set<S> reported) {
        R sample = rehearsals.get();
        List<Fault<R, S>> fitting =
                faults.stream().filter(it -> it.fits().test(sample)).toList();
        List<List<Fault<R, S>>> cases = new ArrayList<>();
        cases.add(List.of());
        int pairs = 0;
        for (int i = 0; i < fitting.size(); i++) {
            cases.add(List.of(fitting.get(i)));
            for (int j = i + 1; j < fitting.size(); j++) {
                if (fitting.get(i).goesWith(fitting.get(j))) {
                    cases.add(List.of(fitting.get(i), fitting.get(j)));
                    pairs++;
                }
            }
        }
        for (List<Fault<R, S>> injected : cases) {
            R rehearsal = rehearsals.get();
            injected.forEach(it -> it.injection().accept(rehearsal));
            int status = perform.apply(rehearsal);
            List<S> wrong = new ArrayList<>(inherent.apply(rehearsal));
            injected.forEach(it -> wrong.add(it.status()));
            S expected = wrong.stream().min(Enum::compareTo).orElseThrow();
            assertThat(status).as("%s, because of %s", expected, injected).isEqualTo(number.apply(expected));
            reported.add(expected);
        }
        return pairs;
    }
}
