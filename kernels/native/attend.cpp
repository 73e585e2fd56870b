// One query per head over sinks, chosen blocks and window of a key/value cache.
//
// Per key head: scores of a few thousand keys, their softmax, their values; the next few thousand
// are joined by the running maximum and sum (Dao et al., FlashAttention, arXiv 2205.14135, 3.1).
// Keys and values are read where they lie. Work is cut over heads and, where there are fewer heads
// than threads, over keys.
#include "lanes.h"
#include "records.h"

namespace {

constexpr int CHUNK = 4096;  // keys whose scores are held at once
constexpr int PIECE = 16;     // keys between two fetches
constexpr size_t AHEAD = 4;  // pieces that are fetched ahead

struct Range {
    int64_t start, end;
};

struct Piece {
    int64_t start;
    int count, place;  // keys, and where their scores lie in the chunk
};

// What the keys read so far contribute to TOGETHER queries.
struct Running {
    float most[TOGETHER], sum[TOGETHER];
    std::vector<float> mixed;  // [TOGETHER, value size]; columns as `mix` orders them

    explicit Running(int64_t value_size) : mixed(TOGETHER * value_size, 0.f) {
        std::fill(most, most + TOGETHER, NOTHING);
        std::fill(sum, sum + TOGETHER, 0.f);
    }
};

// Neighbours become one, so that the same keys named in other ways give the same bits.
void add(std::vector<Range>& ranges, Range r) {
    if (r.end <= r.start) return;
    if (!ranges.empty() && ranges.back().end == r.start) ranges.back().end = r.end;
    else ranges.push_back(r);
}

std::vector<Range> ranges_of(const Attend& a, int64_t row, int64_t head) {
    std::vector<Range> ranges;
    if (a.near <= a.sinks) return {{0, a.length}};
    ranges.reserve(a.chosen_count + 2);
    add(ranges, {0, a.sinks});
    const int64_t* chosen = a.chosen + row * a.chosen_row + head * a.chosen_head;
    for (int64_t i = 0; i < a.chosen_count; ++i) {
        const int64_t name = chosen[i * a.chosen_step];
        if (name < 0 || name > a.near / a.block) continue;
        add(ranges, {std::max(name * a.block, a.sinks), std::min((name + 1) * a.block, a.near)});
    }
    add(ranges, {a.near, a.length});
    return ranges;
}

// The part of the ranges, laid end to end, that one of several workers reads.
std::vector<Range> share_of(const std::vector<Range>& ranges, int64_t worker, int64_t workers) {
    if (workers == 1) return ranges;
    int64_t total = 0, before = 0;
    for (const Range& r : ranges) total += r.end - r.start;
    const int64_t from = total * worker / workers, to = total * (worker + 1) / workers;
    std::vector<Range> mine;
    for (const Range& r : ranges) {
        const int64_t start = r.start + std::max<int64_t>(0, from - before);
        const int64_t end = std::min(r.end, r.start + to - before);
        if (end > start) mine.push_back({start, end});
        before += r.end - r.start;
    }
    return mine;
}

#ifdef PAIRS
// mixed[g] += weights[g] · values for COLUMNS · 16 columns; in each 32 columns, of every 8 the first
// four lie in the first register and the last four in the second.
template <int COLUMNS>
void mix_columns(const Bf16* values, int64_t stride, const std::vector<Piece>& pieces,
                 const Bf16* weights, int64_t weights_stride, float* mixed, int64_t size) {
    __m512 acc[TOGETHER][COLUMNS];
    for (int g = 0; g < TOGETHER; ++g)
        for (int c = 0; c < COLUMNS; ++c) acc[g][c] = _mm512_loadu_ps(mixed + g * size + 16 * c);
    for (size_t p = 0; p < pieces.size(); ++p) {
        const Piece piece = pieces[p];
        if (p + AHEAD < pieces.size()) {
            const Piece& next = pieces[p + AHEAD];
            fetch(values + next.start * stride, stride * 2, next.count, COLUMNS * 32);
        }
        for (int i = 0; i < piece.count; i += 2) {
            const Bf16* one = values + (piece.start + i) * stride;
            const bool both = i + 1 < piece.count;
            __m512i low[COLUMNS / 2], high[COLUMNS / 2];
#pragma GCC unroll 4
            for (int c = 0; c < COLUMNS / 2; ++c) {
                const __m512i x = _mm512_loadu_si512(one + 32 * c);
                const __m512i y = both ? _mm512_loadu_si512(one + stride + 32 * c)
                                       : _mm512_setzero_si512();
                low[c] = _mm512_unpacklo_epi16(x, y);
                high[c] = _mm512_unpackhi_epi16(x, y);
            }
#pragma GCC unroll 4
            for (int g = 0; g < TOGETHER; ++g) {
                int32_t pair;
                std::memcpy(&pair, weights + g * weights_stride + piece.place + i, 4);
                const __m512bh w = (__m512bh)_mm512_set1_epi32(pair);
#pragma GCC unroll 4
                for (int c = 0; c < COLUMNS / 2; ++c) {
                    acc[g][2 * c] = _mm512_dpbf16_ps(acc[g][2 * c], w, (__m512bh)low[c]);
                    acc[g][2 * c + 1] = _mm512_dpbf16_ps(acc[g][2 * c + 1], w, (__m512bh)high[c]);
                }
            }
        }
    }
    for (int g = 0; g < TOGETHER; ++g)
        for (int c = 0; c < COLUMNS; ++c) _mm512_storeu_ps(mixed + g * size + 16 * c, acc[g][c]);
}
#endif

#ifdef WIDE
inline __m512 sixteen_of(const float* x) { return _mm512_loadu_ps(x); }
inline __m512 sixteen_of(const Bf16* x) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

template <int COLUMNS, class T>
void mix_columns(const T* values, int64_t stride, const std::vector<Piece>& pieces,
                 const float* weights, int64_t weights_stride, float* mixed, int64_t size) {
    __m512 acc[TOGETHER][COLUMNS];
    for (int g = 0; g < TOGETHER; ++g)
        for (int c = 0; c < COLUMNS; ++c) acc[g][c] = _mm512_loadu_ps(mixed + g * size + 16 * c);
    for (size_t p = 0; p < pieces.size(); ++p) {
        const Piece piece = pieces[p];
        if (p + AHEAD < pieces.size()) {
            const Piece& next = pieces[p + AHEAD];
            fetch(values + next.start * stride, stride * sizeof(T), next.count, COLUMNS * 16 * sizeof(T));
        }
        for (int i = 0; i < piece.count; ++i) {
            __m512 x[COLUMNS];
#pragma GCC unroll 4
            for (int c = 0; c < COLUMNS; ++c)
                x[c] = sixteen_of(values + (piece.start + i) * stride + 16 * c);
#pragma GCC unroll 4
            for (int g = 0; g < TOGETHER; ++g) {
                const __m512 w = _mm512_set1_ps(weights[g * weights_stride + piece.place + i]);
#pragma GCC unroll 4
                for (int c = 0; c < COLUMNS; ++c) acc[g][c] = _mm512_fmadd_ps(w, x[c], acc[g][c]);
            }
        }
    }
    for (int g = 0; g < TOGETHER; ++g)
        for (int c = 0; c < COLUMNS; ++c) _mm512_storeu_ps(mixed + g * size + 16 * c, acc[g][c]);
}
#else
template <int COLUMNS, class T>
void mix_columns(const T* values, int64_t stride, const std::vector<Piece>& pieces,
                 const float* weights, int64_t weights_stride, float* mixed, int64_t size) {
    for (const Piece& piece : pieces)
        for (int i = 0; i < piece.count; ++i) {
            const T* row = values + (piece.start + i) * stride;
            float x[16 * COLUMNS];
            for (int c = 0; c < 16 * COLUMNS; ++c) x[c] = widened(row[c]);
            for (int g = 0; g < TOGETHER; ++g) {
                const float w = weights[g * weights_stride + piece.place + i];
                for (int c = 0; c < 16 * COLUMNS; ++c) mixed[g * size + c] += w * x[c];
            }
        }
}
#endif

template <class T, class W>
void mix(const T* values, int64_t stride, const std::vector<Piece>& pieces, const W* weights,
         int64_t weights_stride, float* mixed, int64_t size) {
    int64_t c = 0;
    for (; c + 64 <= size; c += 64)
        mix_columns<4>(values + c, stride, pieces, weights, weights_stride, mixed + c, size);
    for (; c + 32 <= size; c += 32)
        mix_columns<2>(values + c, stride, pieces, weights, weights_stride, mixed + c, size);
    if constexpr (std::is_same<W, float>::value)
        for (; c + 16 <= size; c += 16)
            mix_columns<1>(values + c, stride, pieces, weights, weights_stride, mixed + c, size);
}

// Where column c lies among those of `mix`.
template <class W>
inline int64_t column(int64_t c) {
    if (std::is_same<W, float>::value) return c;
    return (c & ~31) | ((c & 4) << 2) | ((c & 24) >> 1) | (c & 3);
}

// Makes weights of scores, relative to the new maximum, and adds them up; bfloat16 weights are added
// as they will be held. Counts are multiples of 16.
#ifdef WIDE
inline __m512 hold(__m512 x, float* out) {
    _mm512_storeu_ps(out, x);
    return x;
}
#ifdef PAIRS
inline __m512 hold(__m512 x, Bf16* out) {
    const __m256i narrow = (__m256i)_mm512_cvtneps_pbh(x);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), narrow);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(narrow), 16));
}
#endif

template <class W>
void soften(const float* scores, int64_t count, float most, float& sum, W* weights) {
    const __m512 from = _mm512_set1_ps(most);
    __m512 total = _mm512_setzero_ps();
    for (int64_t i = 0; i < count; i += 16) {
        const __m512 x = _mm512_sub_ps(_mm512_loadu_ps(scores + i), from);
        total = _mm512_add_ps(total, hold(exp_of(x), weights + i));
    }
    sum += _mm512_reduce_add_ps(total);
}

float greatest(const float* x, int64_t count) {
    __m512 most = _mm512_set1_ps(NOTHING);
    for (int64_t i = 0; i < count; i += 16)  // the second operand is kept beside what is no number
        most = _mm512_max_ps(_mm512_loadu_ps(x + i), most);
    return _mm512_reduce_max_ps(most);
}
#else
void soften(const float* scores, int64_t count, float most, float& sum, float* weights) {
    float parts[16] = {};
    for (int64_t i = 0; i < count; i += 16)
        for (int j = 0; j < 16; ++j) {
            weights[i + j] = exp_of(scores[i + j] - most);
            parts[j] += weights[i + j];
        }
    for (float part : parts) sum += part;
}

float greatest(const float* x, int64_t count) {
    float parts[16];
    std::fill(parts, parts + 16, NOTHING);
    for (int64_t i = 0; i < count; i += 16)
        for (int j = 0; j < 16; ++j) parts[j] = parts[j] < x[i + j] ? x[i + j] : parts[j];
    float most = NOTHING;
    for (float part : parts) most = std::max(most, part);
    return most;
}
#endif

template <class T, class W>
struct Work {
    static constexpr int64_t stride = CHUNK + 64;
    const Attend* call = nullptr;
    const T *keys = nullptr, *values = nullptr;
    std::vector<typename Packed<T>::Query> queries;
    std::vector<float> scores = std::vector<float>(TOGETHER * stride);
    std::vector<W> weights = std::vector<W>(TOGETHER * stride);
    std::vector<Piece> pieces;

    static Work& of(const Attend& a) {
        static thread_local Work mine;
        mine.call = &a;
        mine.queries.assign(TOGETHER * packed_size<T>(a.size), {});
        return mine;
    }

    // TOGETHER queries of a head from `group` on, zeros behind the last.
    void ask(int64_t row, int64_t head, int64_t group) {
        const Attend& a = *call;
        keys = static_cast<const T*>(a.key) + row * a.key_row + head * a.key_head;
        values = static_cast<const T*>(a.value) + row * a.value_row + head * a.value_head;
        const T* query = static_cast<const T*>(a.query) + row * a.query_row;
        for (int g = 0; g < TOGETHER; ++g)
            for (int64_t c = 0; c < a.size; ++c) {
                float x = 0.f;
                if (group + g < a.groups)
                    x = widened(query[(head * a.groups + group + g) * a.query_head + c]);
                narrow(x, queries[g * packed_size<T>(a.size) + packed_place<T>(c)]);
            }
    }

    void read(const std::vector<Range>& ranges, Running& running) {
        size_t next = 0;
        int64_t start = ranges.empty() ? 0 : ranges[0].start;
        while (next < ranges.size()) {
            int place = 0;
            pieces.clear();
            while (next < ranges.size() && place + PIECE <= CHUNK) {
                const int count = int(std::min<int64_t>(PIECE, ranges[next].end - start));
                pieces.push_back({start, count, place});
                place += int(rounded_up(count, 4));
                start += count;
                if (start >= ranges[next].end && ++next < ranges.size())
                    start = ranges[next].start;
            }
            chunk(place, running);
        }
    }

    void chunk(int filled, Running& running) {
        const Attend& a = *call;
        for (size_t p = 0; p < pieces.size(); ++p) {
            const Piece piece = pieces[p];
            if (p + AHEAD < pieces.size()) {
                const Piece& next = pieces[p + AHEAD];
                fetch(keys + next.start * a.key_token, a.key_token * sizeof(T), next.count,
                      a.size * sizeof(T));
            }
            dots(keys + piece.start * a.key_token, a.key_token, piece.count, queries.data(),
                 int(a.size), float(a.scale), scores.data() + piece.place, stride);
            for (int i = piece.count; i % 4; ++i)
                for (int g = 0; g < TOGETHER; ++g) scores[g * stride + piece.place + i] = NOTHING;
        }
        const int64_t count = rounded_up(filled, 16);
        for (int g = 0; g < TOGETHER; ++g) {
            float* row = scores.data() + g * stride;
            std::fill(row + filled, row + count, NOTHING);
            const float most = std::max(running.most[g], greatest(row, count));
            const float shrunk = exp_of(running.most[g] - most);
            if (running.most[g] != NOTHING && shrunk != 1.f) {
                float* mixed = running.mixed.data() + g * a.value_size;
                for (int64_t c = 0; c < a.value_size; ++c) mixed[c] *= shrunk;
                running.sum[g] *= shrunk;
            }
            running.most[g] = most;
            soften(row, count, most == NOTHING ? 0.f : most, running.sum[g],
                   weights.data() + g * stride);
        }
        mix(values, a.value_token, pieces, weights.data(), stride, running.mixed.data(),
            a.value_size);
    }
};

void join(Running& one, const Running& other, int64_t size) {
    for (int g = 0; g < TOGETHER; ++g) {
        const float most = std::max(one.most[g], other.most[g]);
        if (most == NOTHING) continue;
        const float x = exp_of(one.most[g] - most), y = exp_of(other.most[g] - most);
        one.sum[g] = one.sum[g] * x + other.sum[g] * y;
        for (int64_t c = 0; c < size; ++c) {
            float& mixed = one.mixed[g * size + c];
            mixed = mixed * x + other.mixed[g * size + c] * y;
        }
        one.most[g] = most;
    }
}

template <class T, class W>
void write(const Attend& a, int64_t row, int64_t head, int64_t group, const Running& running) {
    for (int g = 0; g < TOGETHER && group + g < a.groups; ++g) {
        const int64_t at = head * a.groups + group + g;
        T* out = static_cast<T*>(a.mixed) + row * a.mixed_row + at * a.value_size;
        const float sum = running.sum[g];
        const float share = sum == 0.f ? 0.f : 1.f / sum;
        for (int64_t c = 0; c < a.value_size; ++c)
            narrow(running.mixed[g * a.value_size + column<W>(c)] * share, out[c]);
        if (a.log_sum)
            a.log_sum[row * a.heads * a.groups + at] =
                sum == 0.f ? NOTHING : running.most[g] + std::log(sum);
    }
}

// Bytes that are read in all.
int64_t busy(const Attend& a) {
    const int64_t tokens = a.near <= a.sinks
                               ? a.length
                               : a.sinks + a.chosen_count * a.block + a.length - a.near;
    return a.batch * a.heads * tokens * (a.size + a.value_size) * (a.bf16 ? 2 : 4);
}

template <class T, class W>
void attend(const Attend& a) {
    const int64_t heads = a.batch * a.heads, fours = (a.groups + TOGETHER - 1) / TOGETHER;
    const int64_t threads = busy(a) >= WORTH_SHARING ? a.threads : 1;
    const int64_t cuts = heads % threads ? threads : 1;
    std::vector<Running> parts(heads * fours * cuts, Running(a.value_size));
#pragma omp parallel for num_threads(int(threads)) schedule(static) if (threads > 1)
    for (int64_t task = 0; task < heads * cuts; ++task) {
        const int64_t row = task / cuts / a.heads, head = task / cuts % a.heads;
        Work<T, W>& work = Work<T, W>::of(a);
        const auto ranges = share_of(ranges_of(a, row, head), task % cuts, cuts);
        for (int64_t four = 0; four < fours; ++four) {
            work.ask(row, head, four * TOGETHER);
            work.read(ranges, parts[task * fours + four]);
        }
    }
    for (int64_t head = 0; head < heads; ++head)
        for (int64_t four = 0; four < fours; ++four) {
            Running& whole = parts[head * cuts * fours + four];
            for (int64_t cut = 1; cut < cuts; ++cut)
                join(whole, parts[(head * cuts + cut) * fours + four], a.value_size);
            write<T, W>(a, head / a.heads, head % a.heads, four * TOGETHER, whole);
        }
}

}  // namespace

extern "C" void egobutler_attend(const void* record) {
    const Attend& a = *static_cast<const Attend*>(record);
    if (!a.bf16) return attend<float, float>(a);
#ifdef PAIRS
    if (a.value_size % 32 == 0) return attend<Bf16, Bf16>(a);
#endif
    attend<Bf16, float>(a);
}
