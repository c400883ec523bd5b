package io.thalweg.examples;

import static io.thalweg.index.path.Lists.elements;
import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Maps.keys;

import io.thalweg.view.java.Lookup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The conditions of consistency of TPC-C's clause 3.3.2, as far as they are of what {@link Tpcc} keeps, by their numbers there. */
final class TpccConditions {
    private final List<String> violated = new ArrayList<>();
    private final String warehouse;

    private TpccConditions(String warehouse) {
        this.warehouse = warehouse;
    }

    private void require(int condition, boolean holds, String where) {
        if (!holds) {
            violated.add("condition " + condition + " of " + warehouse + where);
        }
    }

    static List<String> violated(Lookup at, Tpcc.Where where) {
        String warehouse = where.warehouse();
        TpccConditions all = new TpccConditions(warehouse);
        Map<Integer, Tpcc.District> districts = new TreeMap<>();
        at.index(Tpcc.DISTRICT)
                .at(key(warehouse), entries())
                .all()
                .forEach(each -> districts.put(each.getKey(), each.getValue()));
        long paid = 0;
        Map<Tpcc.At, Long> delivered = new HashMap<>();
        for (Map.Entry<Integer, Tpcc.District> each : districts.entrySet()) {
            int number = each.getKey();
            Tpcc.District district = each.getValue();
            String of = " district " + number;
            Map<Long, Tpcc.Order> orders = new TreeMap<>();
            at.index(Tpcc.ORDERS)
                    .at(key(warehouse), key(number), entries())
                    .all()
                    .forEach(order -> orders.put(order.getKey(), order.getValue()));
            List<Long> fresh = at.index(Tpcc.NEW_ORDERS)
                    .at(key(warehouse), key(number), keys())
                    .all();
            long history = at.index(Tpcc.HISTORY).at(key(warehouse), key(number), elements()).all().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            paid += history;
            all.require(2, district.nextOrder() - 1 == orders.size(), of);
            all.require(
                    2,
                    orders.isEmpty() || orders.keySet().stream().reduce(0L, Math::max) == district.nextOrder() - 1,
                    of);
            all.require(2, fresh.isEmpty() || fresh.getLast() == district.nextOrder() - 1, of);
            all.require(3, fresh.isEmpty() || fresh.getLast() - fresh.getFirst() + 1 == fresh.size(), of);
            all.require(9, district.ytd() == history, of);
            orders.forEach((order, its) -> {
                all.require(5, (its.carrier() == 0) == fresh.contains(order), of + " order " + order);
                all.require(
                        7,
                        its.lines().stream().allMatch(line -> line.delivered() == (its.carrier() != 0)),
                        of + " order " + order);
                if (its.carrier() != 0) {
                    delivered.merge(
                            new Tpcc.At(number, its.customer()),
                            its.lines().stream().mapToLong(Tpcc.Item::amount).sum(),
                            Long::sum);
                }
            });
        }
        Long ytd = at.index(Tpcc.YTD).at(key(warehouse)).get();
        all.require(
                1,
                ytd != null
                        && ytd
                                == districts.values().stream()
                                        .mapToLong(Tpcc.District::ytd)
                                        .sum(),
                "");
        all.require(8, ytd != null && ytd == paid, "");
        at.index(Tpcc.CUSTOMERS).at(key(warehouse), entries()).all().forEach(each -> {
            Tpcc.Customer customer = each.getValue();
            all.require(
                    12,
                    customer.balance() + customer.ytdPayment() == delivered.getOrDefault(each.getKey(), 0L),
                    " customer " + each.getKey());
        });
        return all.violated;
    }
}
