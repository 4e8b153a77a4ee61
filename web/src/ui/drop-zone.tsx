import { type DragEvent, type ReactNode, useId, useState } from 'react'

interface Props {
  label: string
  /** Types of files as in `accept` of an input. */
  accept: string
  onFile: (file: File) => void
  error: string | undefined
  children: ReactNode
}

/** A place to drop a file on, or to choose it; the input itself has the focus and the label. */
export function DropZone({ label, accept, onFile, error, children }: Props) {
  const id = useId()
  const [isOver, setOver] = useState(false)
  const over = (isOver: boolean) => (event: DragEvent) => {
    event.preventDefault()
    setOver(isOver)
  }
  return (
    <div>
      <label
        className="drop-zone"
        htmlFor={id}
        data-over={isOver || undefined}
        data-faulty={error !== undefined || undefined}
        onDragOver={over(true)}
        onDragLeave={over(false)}
        onDrop={(event) => {
          over(false)(event)
          const [file] = event.dataTransfer.files
          if (file) onFile(file)
        }}
      >
        <span className="drop-zone-label">{label}</span>
        {children}
        <input
          id={id}
          type="file"
          accept={accept}
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : `${id}-error`}
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? []
            if (file) onFile(file)
          }}
        />
      </label>
      {error !== undefined && (
        <p className="fault" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}
