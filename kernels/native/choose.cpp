// The blocks whose bound is highest: q·c + |q|·r, the most over a head's queries.
//
// Either every block is scored, or superpages are: runs of `fan` neighbouring blocks whose own bound
// is never below that of a block inside. They are opened from the best on, until the next one cannot
// hold a block that belongs to the best (branch and bound), or until as many as allowed are open.
//
// Source of the bound: Tang et al., Quest, arXiv 2406.10774, section 3.2.
#include <functional>

#include "lanes.h"
#include "records.h"

namespace {

constexpr int STEP = 16;            // rows that are scored at once
constexpr int64_t AHEAD_ROWS = 32;  // how far before that they are fetched
constexpr int64_t FIRST = 64;       // superpages that are opened from the best on
constexpr int64_t SOON = 4;         // and how many of them are fetched ahead

// A score and a name as one number, greater for what is better: of equal scores the earlier name.
// Numbers are compared without a branch on what is compared first.
using Scored = uint64_t;

inline Scored scored(float score, int64_t name) {
    int32_t bits;
    std::memcpy(&bits, &score, 4);
    const uint32_t ordered = uint32_t(bits ^ ((bits >> 31) | INT32_MIN));
    return uint64_t(ordered) << 32 | uint32_t(~uint32_t(name));
}

inline float score_of(Scored x) {
    const int32_t ordered = int32_t(x >> 32);
    const int32_t bits = ordered ^ (~(ordered >> 31) | INT32_MIN);
    float score;
    std::memcpy(&score, &bits, 4);
    return score;
}

inline int64_t name_of(Scored x) { return int64_t(uint32_t(~uint32_t(x))); }

// The best so far, in no order; up to as many again lie there between two clearings.
class Best {
  public:
    void begin(int64_t count) {
        count_ = count;
        least_ = NOTHING;
        held_.clear();
    }

    void offer(const float* scores, int64_t count, int64_t first) {
        for (int64_t i = 0; i < count; i += 16) {
            const int64_t end = std::min(count, i + 16);
            float most = NOTHING;
            for (int64_t j = i; j < end; ++j) most = most < scores[j] ? scores[j] : most;
            if (most < least_) continue;
            for (int64_t j = i; j < end; ++j)
                if (scores[j] >= least_) held_.push_back(scored(scores[j] + 0.f, first + j));
            if (int64_t(held_.size()) >= 2 * count_ + 16) clear();
        }
    }

    // The score that a further one must reach, or a little less: to know it exactly costs time.
    float least() {
        const int64_t held = held_.size();
        if (least_ == NOTHING ? held >= count_ : held >= count_ + count_ / 2 + 8) clear();
        return least_;
    }

    std::vector<Scored>& all() {
        if (int64_t(held_.size()) > count_) clear();
        return held_;
    }

  private:
    void clear() {
        std::nth_element(held_.begin(), held_.begin() + count_ - 1, held_.end(),
                         std::greater<Scored>());
        held_.resize(count_);
        least_ = score_of(held_.back());
    }

    int64_t count_ = 0;
    float least_ = NOTHING;
    std::vector<Scored> held_;
};

// One worker's room, kept from call to call.
template <class T>
struct Worker {
    const Choose* call = nullptr;
    std::vector<typename Packed<T>::Query> asked;  // [groups up to a multiple of TOGETHER, 2·size]
    std::vector<float> outer;  // bounds of superpages
    Best best, wanted;

    static Worker& of(const Choose& a) {
        static thread_local Worker mine;
        mine.call = &a;
        return mine;
    }

    void ask(int64_t row, int64_t head) {
        const Choose& a = *call;
        const int64_t size = 2 * a.size;  // in thirty-twos: nothing is left at the end
        asked.resize(rounded_up(a.groups, TOGETHER) * size);
        const T* query = static_cast<const T*>(a.query) + row * a.query_row;
        for (int64_t g = 0; g < rounded_up(a.groups, TOGETHER); ++g) {
            // The last is asked again instead of zeros, which might win.
            const int64_t from = head * a.groups + std::min(g, a.groups - 1);
            for (int64_t c = 0; c < a.size; ++c) {
                const float x = widened(query[from * a.query_head + c]);
                narrow(x, asked[g * size + packed_place<T>(c)]);
                narrow(std::fabs(x), asked[g * size + packed_place<T>(a.size + c)]);
            }
        }
    }

    // Bounds of rows [first, first + count), count at most STEP.
    void score(const T* rows, int64_t stride, int64_t count, float* most) {
        const Choose& a = *call;
        float each[TOGETHER * STEP];
        const int size = int(2 * a.size);
        for (int64_t group = 0; group < a.groups; group += TOGETHER) {
            dots(rows, stride, int(count), asked.data() + group * size, size, 1.f, each, STEP);
            for (int64_t i = 0; i < count; ++i) {
                const float x = std::max(each[i], each[STEP + i]);
                const float y = std::max(each[2 * STEP + i], each[3 * STEP + i]);
                const float z = std::max(x, y);
                most[i] = group && most[i] > z ? most[i] : z;
            }
        }
    }

    // Offers the bounds of rows [low, high), and keeps them if there is room given for it.
    void score_all(const T* rows, int64_t stride, int64_t low, int64_t high, Best& into,
                   float* kept = nullptr) {
        const Choose& a = *call;
        float most[STEP];
        for (int64_t first = low; first < high; first += STEP) {
            const int64_t count = std::min<int64_t>(STEP, high - first);
            const int64_t next = first + AHEAD_ROWS;
            if (next < high)
                fetch(rows + next * stride, stride * sizeof(T), std::min<int64_t>(STEP, high - next),
                      2 * a.size * sizeof(T));
            score(rows + first * stride, stride, count, most);
            into.offer(most, count, first);
            if (kept) std::copy(most, most + count, kept + first - low);
        }
    }

    // Opens superpages from the best on; returns how many.
    int64_t descend(const T* blocks, const T* supers) {
        const Choose& a = *call;
        score_all(blocks, a.blocks_step, std::max(a.low, a.supers_count * a.fan), a.high, best);
        const int64_t from = a.low / a.fan;
        const int64_t to = std::min(a.supers_count, (a.high + a.fan - 1) / a.fan);
        if (to <= from) return 0;
        const int64_t sorted = std::min(a.limit ? a.limit : FIRST, to - from);
        outer.resize(to - from);
        wanted.begin(sorted);
        score_all(supers, a.supers_step, from, to, wanted, outer.data());
        std::vector<Scored>& order = wanted.all();
        std::sort(order.begin(), order.end(), std::greater<Scored>());
        const int64_t found = order.size();
        for (int64_t i = 0; i < std::min(found, SOON); ++i) ahead(blocks, name_of(order[i]));
        int64_t opened = 0;
        for (; opened < found && score_of(order[opened]) >= best.least(); ++opened) {
            if (opened + SOON < found) ahead(blocks, name_of(order[opened + SOON]));
            const int64_t super = name_of(order[opened]);
            outer[super - from] = NOTHING;
            open(blocks, super);
        }
        if (a.limit || opened < found) return opened;
        // Many more may be worth it: memory is read faster from front to back.
        for (int64_t i = from; i < to; ++i) {
            if (!(outer[i - from] >= best.least()) || outer[i - from] == NOTHING) continue;
            if (i + 2 < to && outer[i + 2 - from] >= best.least()) ahead(blocks, i + 2);
            open(blocks, i);
            ++opened;
        }
        return opened;
    }

    void open(const T* blocks, int64_t super) {
        const Choose& a = *call;
        const int64_t low = std::max(a.low, super * a.fan);
        const int64_t high = std::min(a.high, (super + 1) * a.fan);
        score_all(blocks, a.blocks_step, low, high, best);
    }

    void ahead(const T* blocks, int64_t super) {
        const Choose& a = *call;
        fetch(blocks + super * a.fan * a.blocks_step, a.blocks_step * sizeof(T), a.fan,
              2 * a.size * sizeof(T));
    }
};

template <class T>
void choose(const Choose& a) {
    const int64_t rows = a.supers_count ? a.supers_count + a.limit * a.fan : a.high - a.low;
    const int64_t bytes = a.batch * a.heads * rows * 2 * a.size * int64_t(sizeof(T));
    const int64_t threads = bytes >= WORTH_SHARING ? a.threads : 1;
#pragma omp parallel for num_threads(int(threads)) schedule(static) if (threads > 1)
    for (int64_t task = 0; task < a.batch * a.heads; ++task) {
        const int64_t row = task / a.heads, head = task % a.heads;
        Worker<T>& worker = Worker<T>::of(a);
        const T* blocks =
            static_cast<const T*>(a.blocks) + row * a.blocks_row + head * a.blocks_head;
        worker.ask(row, head);
        worker.best.begin(a.count);
        int64_t opened = 0;
        if (a.supers_count)
            opened = worker.descend(blocks, static_cast<const T*>(a.supers) +
                                                row * a.supers_row + head * a.supers_head);
        else worker.score_all(blocks, a.blocks_step, a.low, a.high, worker.best);
        if (a.opened) a.opened[task] = opened;
        int64_t* chosen = a.chosen + task * a.count;
        auto& found = worker.best.all();
        for (size_t i = 0; i < found.size(); ++i) chosen[i] = name_of(found[i]);
        std::sort(chosen, chosen + found.size());
        std::fill(chosen + found.size(), chosen + a.count, -1);  // what is not a number is not best
    }
}

}  // namespace

extern "C" void egobutler_choose(const void* record) {
    const Choose& a = *static_cast<const Choose*>(record);
    if (a.bf16) choose<Bf16>(a);
    else choose<float>(a);
}
