package io.thalweg.bench.tpcc;

/**
 * How much there is.
 *
 * @param customers of each of a warehouse's ten districts
 */
public record TpccScale(int warehouses, int customers, int items) {
    public static final int DISTRICTS = 10;

    /** How many words {@link #encode} makes. */
    static final int WORDS = 3;

    public String encode() {
        return warehouses + " " + customers + " " + items;
    }

    static TpccScale decode(String[] words, int at) {
        return new TpccScale(
                Integer.parseInt(words[at]), Integer.parseInt(words[at + 1]), Integer.parseInt(words[at + 2]));
    }

    /** The name of a customer, which several have. */
    public static String last(int customer) {
        return "name" + customer % 10;
    }
}
