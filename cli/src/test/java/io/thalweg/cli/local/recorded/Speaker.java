package io.thalweg.cli.local.recorded;

/** Says lines of which a view counts the words. */
final class Speaker extends Client {
    private static final int WORDS = 50;

    private final CountedWords words;
    private long number;

    Speaker(Run run, CountedWords words) {
        super(run, "speaker");
        this.words = words;
    }

    @Override
    void act() throws InterruptedException {
        String word = "w" + ++number % WORDS;
        if (append(words.log(), CountedWords.EACH + " " + word, name + number).isPresent()) {
            words.said(word);
            done.incrementAndGet();
        }
        Thread.sleep(10);
    }
}
