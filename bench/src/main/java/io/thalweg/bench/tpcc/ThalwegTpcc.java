package io.thalweg.bench.tpcc;

import io.thalweg.bench.load.HttpConnection;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A node with the view {@code Tpcc}: what writes is an append that waits for the view ({@code ack=full}), what reads is a query. The target is {@code
 * URL,token,view} and the ids of the logs {@code warehouses}, {@code orders}, {@code payments} and {@code deliveries}.
 */
final class ThalwegTpcc implements TpccDriver {
    private static final int TIMEOUT_MS = 120_000;

    private final HttpConnection connection;
    private final String token;
    private final String view;
    private final String warehouses;
    private final String orders;
    private final String payments;
    private final String deliveries;

    private ThalwegTpcc(String target) throws IOException {
        String[] parts = target.split(",", -1);
        connection = new HttpConnection(URI.create(parts[0]), TIMEOUT_MS);
        token = parts[1];
        view = parts[2];
        warehouses = parts[3];
        orders = parts[4];
        payments = parts[5];
        deliveries = parts[6];
    }

    public static void main(String[] arguments) throws IOException {
        TpccLoad.serve(ThalwegTpcc::new);
    }

    private String append(String log, String key, String event) throws IOException {
        return exchange("/logs/" + log + "/append?ack=full&timeout=60000", "Thalweg-Key: " + key + "\r\n", event);
    }

    private String ask(String query, String arguments) throws IOException {
        return exchange("/views/" + view + "/queries/" + query, "", arguments);
    }

    private String exchange(String path, String headers, String body) throws IOException {
        HttpConnection.Response answer = connection.exchange(connection.request(
                "POST",
                path,
                "Authorization: Bearer " + token + "\r\nContent-Type: application/json\r\n" + headers,
                body.getBytes(StandardCharsets.UTF_8)));
        if (answer.status() != 200) {
            throw new IOException(path + " was answered " + answer.status() + ": " + answer.text());
        }
        return answer.text();
    }

    @Override
    public void load(TpccScale scale) throws IOException {
        for (int i = 0; i < scale.warehouses(); i++) {
            String _ = append(
                    warehouses,
                    "w" + i,
                    "{\"warehouse\":\"w" + i + "\",\"customers\":" + scale.customers() + ",\"items\":" + scale.items()
                            + "}");
        }
    }

    @Override
    public boolean newOrder(String warehouse, int district, int customer, List<Line> lines) throws IOException {
        String all = lines.stream()
                .map(line -> "{\"item\":" + line.item() + ",\"supplier\":\"" + line.supplier() + "\",\"quantity\":"
                        + line.quantity() + "}")
                .collect(Collectors.joining(","));
        return append(
                        orders,
                        warehouse,
                        "{\"warehouse\":\"" + warehouse + "\",\"district\":" + district + ",\"customer\":" + customer
                                + ",\"lines\":[" + all + "]}")
                .contains("\"accepted\":true");
    }

    @Override
    public void payment(Payment payment) throws IOException {
        String last = payment.last();
        String _ = append(
                payments,
                payment.warehouse(),
                "{\"warehouse\":\"" + payment.warehouse() + "\",\"district\":" + payment.district() + ",\"home\":\""
                        + payment.home() + "\",\"home_district\":" + payment.homeDistrict() + ",\"customer\":"
                        + payment.customer() + ",\"last\":" + (last == null ? "null" : "\"" + last + "\"")
                        + ",\"amount\":" + payment.amount() + "}");
    }

    @Override
    public void delivery(String warehouse, int carrier) throws IOException {
        String _ = append(deliveries, warehouse, "{\"warehouse\":\"" + warehouse + "\",\"carrier\":" + carrier + "}");
    }

    @Override
    public void orderStatus(String warehouse, int district, int customer) throws IOException {
        String _ = ask(
                "order_status",
                "{\"warehouse\":\"" + warehouse + "\",\"district\":" + district + ",\"customer\":" + customer + "}");
    }

    @Override
    public void stockLevel(String warehouse, int district, int threshold) throws IOException {
        String _ = ask(
                "stock_level",
                "{\"warehouse\":\"" + warehouse + "\",\"district\":" + district + ",\"threshold\":" + threshold + "}");
    }

    @Override
    public String violated(TpccScale scale) throws IOException {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < scale.warehouses(); i++) {
            String violated = exchange(
                    "/views/" + view + "/queries/violated?consistency=linearizable&timeout=60000",
                    "",
                    "{\"warehouse\":\"w" + i + "\"}");
            all.append(violated.equals("[]") ? "" : violated);
        }
        return all.toString();
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
