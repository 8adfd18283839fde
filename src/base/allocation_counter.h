#pragma once

#include <cstdlib>
#include <new>

/// Counts allocations. For one test file of a program: it replaces the global operator new.
namespace hvac {
namespace allocation_counter {

inline thread_local bool counting = false;
inline thread_local int allocations = 0;

inline void* allocate(std::size_t size) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

}  // namespace allocation_counter

/// How often `work` allocates on this thread.
template <class Work>
int allocations_of(Work&& work) {
  allocation_counter::allocations = 0;
  allocation_counter::counting = true;
  work();
  allocation_counter::counting = false;
  return allocation_counter::allocations;
}

}  // namespace hvac

void* operator new(std::size_t size) { return hvac::allocation_counter::allocate(size); }
void* operator new[](std::size_t size) { return hvac::allocation_counter::allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return hvac::allocation_counter::allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return hvac::allocation_counter::allocate(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
