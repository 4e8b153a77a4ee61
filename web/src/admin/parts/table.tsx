import { Table } from '@mantine/core'
import type { ReactNode } from 'react'
import { ScrollFrame } from './scroll-frame.tsx'

/** One column: its name, and what stands in it for an item. */
interface Column<T> {
  name: string
  show: (item: T) => ReactNode
}

interface Props<T> {
  items: readonly T[]
  columns: readonly Column<T>[]
  keyOf: (item: T) => string | number
  /** What is said when there are none. */
  none: string
  /** Whether it is the one that is shown in full beside the table. */
  isOpen?: (item: T) => boolean
}

/** Items in rows, with names of the columns that stay in view; on small screens each is a card, with the names in it. */
export function ItemTable<T>({ items, columns, keyOf, none, isOpen }: Props<T>) {
  if (items.length === 0) return <p className="empty">{none}</p>
  return (
    <ScrollFrame>
      <Table highlightOnHover verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ name }) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={keyOf(item)} data-open={isOpen?.(item) || undefined}>
              {columns.map(({ name, show }) => (
                <Table.Td key={name} data-name={name}>
                  <div>{show(item)}</div>
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  )
}
