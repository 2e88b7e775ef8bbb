// Arena and the borrowed value types of a request.
//
// Every generated request and answer is a plain struct whose all-zero bytes mean "nothing set", built from the types below and
// kept in the arena of one request. Requests borrow, records own: what outlives the request is encoded into a record.
// An Arena belongs to one request and is used by one thread at a time; nothing in it survives the request.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fogbank {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() { reset(); for (void* p : blocks_) ::operator delete(p); }

  /// Uninitialised bytes, aligned to `align` (a power of two, at most 16).
  void* allocate(size_t bytes, size_t align = 8) {
    uintptr_t at = (reinterpret_cast<uintptr_t>(next_) + align - 1) & ~(uintptr_t(align) - 1);
    if (at + bytes > reinterpret_cast<uintptr_t>(end_)) return slow(bytes);
    next_ = reinterpret_cast<char*>(at + bytes);
    return reinterpret_cast<void*>(at);
  }
  /// `count` zeroed objects of a plain type.
  template <class T> T* make(size_t count = 1) {
    static_assert(std::is_trivially_destructible_v<T>);
    void* p = allocate(sizeof(T) * count, alignof(T));
    std::memset(p, 0, sizeof(T) * count);
    return static_cast<T*>(p);
  }
  /// A copy of the bytes that lives as long as the arena.
  std::string_view copy(std::string_view s) {
    char* p = static_cast<char*>(allocate(s.size() + 1, 1));
    if (!s.empty()) std::memcpy(p, s.data(), s.size());
    p[s.size()] = 0;
    return {p, s.size()};
  }
  /// Forgets everything; keeps the first block for the next request.
  void reset();
  /// Forgets everything and gives all memory back.
  void release() { reset(); for (void* p : blocks_) ::operator delete(p); blocks_.clear(); begin_ = next_ = end_ = nullptr; }
  size_t bytes_used() const { return used_ + (next_ - begin_); }

 private:
  void* slow(size_t bytes);
  static constexpr size_t kBlock = 8 * 1024;
  char* begin_ = nullptr;
  char* next_ = nullptr;
  char* end_ = nullptr;
  size_t used_ = 0;
  std::vector<void*> blocks_;
};

/// Text; absent when the pointer is null. An empty text that is present points to "".
struct Str {
  const char* ptr;
  size_t len;

  Str() = default;
  constexpr Str(std::string_view s) : ptr(s.data() ? s.data() : ""), len(s.size()) {}
  constexpr Str(const char* s) : Str(std::string_view(s)) {}
  constexpr explicit operator bool() const { return ptr != nullptr; }
  constexpr bool has() const { return ptr != nullptr; }
  constexpr std::string_view view() const { return ptr ? std::string_view(ptr, len) : std::string_view(); }
  constexpr operator std::string_view() const { return view(); }
  constexpr std::string_view value_or(std::string_view other) const { return ptr ? view() : other; }
  constexpr bool empty() const { return len == 0; }
  friend constexpr bool operator==(const Str& a, std::string_view b) { return a.view() == b; }
};

/// Bytes; absent when the pointer is null.
struct Blob {
  const char* ptr;
  size_t len;
  Blob() = default;
  constexpr Blob(std::string_view s) : ptr(s.data() ? s.data() : ""), len(s.size()) {}
  constexpr explicit operator bool() const { return ptr != nullptr; }
  constexpr bool has() const { return ptr != nullptr; }
  constexpr std::string_view view() const { return ptr ? std::string_view(ptr, len) : std::string_view(); }
  constexpr operator std::string_view() const { return view(); }
};

/// A scalar; absent when `has` is 0.
template <class T> struct Opt {
  T value;
  uint8_t present;
  Opt() = default;
  constexpr Opt(T v) : value(v), present(1) {}
  constexpr bool has() const { return present != 0; }
  constexpr explicit operator bool() const { return present != 0; }
  constexpr T operator*() const { return value; }
  constexpr T value_or(T other) const { return present ? value : other; }
};

/// A nested struct; absent when null.
template <class T> struct Ptr {
  T* ptr;
  constexpr explicit operator bool() const { return ptr != nullptr; }
  constexpr bool has() const { return ptr != nullptr; }
  constexpr T* operator->() const { return ptr; }
  constexpr T& operator*() const { return *ptr; }
  Ptr& operator=(T* p) { ptr = p; return *this; }
};

/// A list; absent when the pointer is null (a present empty list points to its capacity of at least one).
template <class T> struct List {
  T* items;
  uint32_t count;
  uint32_t capacity;

  constexpr bool has() const { return items != nullptr; }
  constexpr explicit operator bool() const { return items != nullptr; }
  size_t size() const { return count; }
  bool empty() const { return count == 0; }
  T* begin() const { return items; }
  T* end() const { return items + count; }
  T& operator[](size_t i) const { return items[i]; }
  /// Makes the list present with room for `n`.
  void reserve(Arena& arena, uint32_t n) {
    if (items && n <= capacity) return;
    uint32_t want = n < 4 ? 4 : n;
    T* bigger = arena.make<T>(want);
    if (count) std::memcpy(static_cast<void*>(bigger), static_cast<const void*>(items), sizeof(T) * count);
    items = bigger;
    capacity = want;
  }
  /// A new zeroed element at the end.
  T& add(Arena& arena) {
    if (!items || count == capacity) reserve(arena, items ? capacity * 2 : 4);
    T* e = items + count++;
    std::memset(static_cast<void*>(e), 0, sizeof(T));
    return *e;
  }
  void push(Arena& arena, T value) { add(arena) = value; }
};

template <class T> struct MapEntry {
  Str key;
  T value;
};

/// A map in the order of the wire; absent when the pointer is null.
template <class T> struct Map : List<MapEntry<T>> {
  const T* find(std::string_view key) const {
    for (const auto& e : *this) if (e.key == key) return &e.value;
    return nullptr;
  }
  T& add(Arena& arena, Str key) {
    auto& e = List<MapEntry<T>>::add(arena);
    e.key = key;
    return e.value;
  }
};

static_assert(std::is_trivially_copyable_v<Str> && std::is_trivially_copyable_v<Opt<int64_t>> && std::is_trivially_copyable_v<Map<Str>>);

}  // namespace fogbank
